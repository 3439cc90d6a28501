-- The table that Terraform's `pg` backend makes.
CREATE SEQUENCE global_states_id_seq AS bigint;
CREATE SCHEMA terraform_remote_state;
CREATE TABLE terraform_remote_state.states (
    id   bigint NOT NULL DEFAULT nextval('public.global_states_id_seq') PRIMARY KEY,
    name text UNIQUE,
    data text
);
CREATE UNIQUE INDEX states_by_name ON terraform_remote_state.states (name);
