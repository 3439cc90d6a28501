INSERT INTO terraform_remote_state.states (name, data) VALUES ('writer-' || :client_id::text, :body) ON CONFLICT (name) DO UPDATE SET data = EXCLUDED.data;
