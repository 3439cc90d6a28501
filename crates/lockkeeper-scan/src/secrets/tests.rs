//! Every rule finds what it is for, and lets pass what only looks like it. Samples are made when the
//! tests run, so that this file holds nothing that a scanner would find.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use proptest::prelude::*;

use super::*;

const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// Characters that look random and are always the same.
fn random(length: usize, alphabet: &[u8]) -> String {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64 ^ length as u64;
    (0..length)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            alphabet[(state % alphabet.len() as u64) as usize] as char
        })
        .collect()
}

/// Replaces `{a36}` (letters and digits), `{h32}` (hexadecimal), `{u16}` (capitals and digits),
/// `{d10}` (digits), `{l34}` (letters) and `{b86}` (beginning of base64) by random characters.
fn filled(template: &str) -> String {
    let mut text = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("{#") {
        let (code, behind) = after.split_once('}').unwrap();
        let alphabet = match &code[..1] {
            "h" => b"0123456789abcdef".as_slice(),
            "u" => b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567",
            "d" => b"0123456789",
            "l" => &LETTERS[..52],
            "q" => b"QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L",
            _ => LETTERS,
        };
        text.push_str(before);
        text.push_str(&random(code[1..].parse().unwrap(), alphabet));
        rest = behind;
    }
    text + rest
}

fn rules(path: &str, text: &str) -> Vec<String> {
    scan_file(path, text.as_bytes())
        .into_iter()
        .map(|finding| finding.rule)
        .collect()
}

/// Rule, file, a template in which it finds something.
const FOUND: &[(&str, &str, &str)] = &[
    ("aws-access-key-id", "a.tf", "x = \"AKIA{#u16}\""),
    ("aws-secret-access-key", "a.tf", "secret_key = \"{#a38}/+\""),
    (
        "aws-bedrock-api-key",
        "a.py",
        "k = 'ABSKQmVkcm9ja0FQSUtleS{#a80}'",
    ),
    ("google-api-key", "a.js", "const k = 'AIza{#a35}';"),
    (
        "google-oauth-client-secret",
        "a.json",
        "{\"s\": \"GOCSPX-{#a28}\"}",
    ),
    ("google-oauth-access-token", "a.sh", "T=ya29.{#a60}"),
    (
        "azure-storage-account-key",
        "a.txt",
        "AccountName=x;AccountKey={#a86}==;EndpointSuffix=y",
    ),
    (
        "azure-shared-access-key",
        "a.cs",
        "Endpoint=sb://x/;SharedAccessKeyName=r;SharedAccessKey={#a43}=",
    ),
    (
        "azure-shared-access-signature",
        "a.sh",
        "url=https://a.blob.core.windows.net/c?sv=2022-11-02&se=2030&sig={#a43}%3D",
    ),
    ("azure-client-secret", "a.tf", "x = \"abC8Q~{#a34}\""),
    ("digitalocean-token", "a.md", "dop_v1_{#h64}"),
    ("alibaba-access-key-id", "a.md", "LTAI{#a20}"),
    ("cloudflare-origin-key", "a.md", "v1.0-{#h24}-{#h146}"),
    ("flyio-token", "a.md", "FlyV1 fm2_{#a120}"),
    ("heroku-token", "a.md", "HRKU-AA{#a58}"),
    ("databricks-token", "a.md", "dapi{#h32}"),
    ("planetscale-secret", "a.md", "pscale_tkn_{#a43}"),
    ("supabase-token", "a.md", "sbp_{#h40}"),
    ("github-token", "a.md", "ghp_{#a36}"),
    ("github-token", "a.md", "url https://x:ghs_{#a36}@github.com/a/b"),
    ("github-fine-grained-token", "a.md", "github_pat_{#a22}_{#a59}"),
    ("gitlab-token", "a.yaml", "token: glpat-{#a20}"),
    ("bitbucket-token", "a.md", "ATATT3{#a180}"),
    ("npm-token", ".npmrc", "//registry/:_authToken=npm_{#a36}"),
    ("npmrc-token", ".npmrc", "//registry/:_authToken={#a40}"),
    ("pypi-token", ".pypirc", "password = pypi-AgEIcHlwaS5vcmc{#a80}"),
    ("rubygems-token", "a.md", "rubygems_{#h48}"),
    ("docker-hub-token", "a.md", "dckr_pat_{#a27}"),
    (
        "terraform-cloud-token",
        ".terraformrc",
        "token = \"{#a14}.atlasv1.{#a67}\"",
    ),
    ("vault-token", "a.sh", "VAULT_TOKEN=hvs.{#a90}"),
    ("pulumi-token", "a.md", "pul-{#h40}"),
    ("doppler-token", "a.md", "dp.pt.{#a43}"),
    ("one-password-token", "a.md", "ops_eyJ{#a260}"),
    ("tailscale-key", "a.md", "tskey-auth-{#a11}-{#a32}"),
    ("artifactory-token", "a.md", "AKCp{#a69}"),
    ("grafana-token", "a.md", "glsa_{#a32}_{#h8}"),
    ("new-relic-key", "a.md", "NRAK-{#u27}"),
    ("sentry-token", "a.md", "sntrys_eyJ{#a90}"),
    ("postman-key", "a.md", "PMAK-{#h24}-{#h34}"),
    ("linear-key", "a.md", "lin_api_{#a40}"),
    ("slack-token", "a.md", "xoxb-{#d11}-{#d12}-{#a24}"),
    (
        "slack-webhook",
        "a.tf",
        "url = \"https://hooks.slack.com/services/T{#u9}/B{#u9}/{#a24}\"",
    ),
    (
        "discord-webhook",
        "a.md",
        "https://discord.com/api/webhooks/{#d18}/{#a68}",
    ),
    (
        "teams-webhook",
        "a.md",
        "https://x.webhook.office.com/webhookb2/{#h36}@{#h36}/IncomingWebhook/{#h32}/{#h36}",
    ),
    ("telegram-bot-token", "a.md", "{#d10}:AA{#a33}"),
    ("stripe-key", "a.md", "sk_live_{#a24}"),
    ("square-token", "a.md", "sq0atp-{#a22}"),
    ("shopify-token", "a.md", "shpat_{#h32}"),
    ("sendgrid-key", "a.md", "SG.{#a22}.{#a43}"),
    ("mailgun-key", "a.md", "mailgun key: key-{#h32}"),
    ("mailchimp-key", "a.md", "{#h32}-us14"),
    ("brevo-key", "a.md", "xkeysib-{#h64}-{#a16}"),
    ("twilio-key", "a.md", "TWILIO_AUTH_TOKEN={#h32}"),
    ("openai-key", "a.md", "sk-proj-{#a40}T3BlbkFJ{#a40}"),
    ("anthropic-key", "a.md", "sk-ant-api03-{#a95}"),
    ("hugging-face-token", "a.md", "hf_{#l34}"),
    ("datadog-key", "a.tf", "datadog_api_key = \"{#h32}\""),
    ("pagerduty-key", "a.tf", "pagerduty_token = \"{#a20}\""),
    (
        "private-key",
        "a.pem",
        "-----BEGIN RSA PRIVATE KEY-----\n{#a64}\n{#a64}\n",
    ),
    (
        "private-key",
        "a.json",
        "\"private_key\": \"-----BEGIN PRIVATE KEY-----\\n{#a64}\\n\"",
    ),
    (
        "private-key",
        "a.tf",
        "x = <<EOT\n  -----BEGIN OPENSSH PRIVATE KEY-----\n  {#a70}\n",
    ),
    ("age-secret-key", "a.txt", "AGE-SECRET-KEY-1{#q58}"),
    (
        "password-in-address",
        "a.tf",
        "url = \"postgres://admin:{#a12}@db.shop.internal:5432/app\"",
    ),
    (
        "password-in-address",
        ".env",
        "REDIS_URL=redis://:{#a12}@cache:6379/0",
    ),
    (
        "connection-string",
        "a.json",
        "\"c\": \"Server=tcp:db,1433;User ID=admin;Password={#a12};Encrypt=True\"",
    ),
    ("authorization-header", "a.yaml", "Authorization: Bearer {#a40}"),
    ("basic-login", "a.sh", "curl -s -u admin:{#a12} https://host/"),
    (
        "netrc-password",
        ".netrc",
        "machine host login me password {#a12}",
    ),
    (
        "kubernetes-secret",
        "a.yaml",
        "apiVersion: v1\nkind: Secret\ndata:\n  x: aHVudGVyMmh1bnRlcg==\n",
    ),
    (
        "variable-default",
        "a.tf",
        "variable \"db_password\" {\n  type = string\n  default = \"{#a12}\"\n}",
    ),
    (
        "named-value",
        "a.yaml",
        "env:\n  - name: DB_PASSWORD\n    value: {#a12}\n",
    ),
    (
        "named-value",
        "a.tf",
        "set {\n  name = \"auth.adminPassword\"\n  value = \"{#a12}\"\n}",
    ),
    (
        "named-value",
        "a.tf",
        "jsonencode([{ \"name\": \"API_TOKEN\", \"value\": \"{#a32}\" }])",
    ),
    ("assigned-secret", "a.tf", "password = \"{#a12}\""),
    (
        "assigned-secret",
        "a.tf",
        "environment = { DB_PASSWORD = \"{#a12}\" }",
    ),
    ("assigned-secret", "a.json", "{\"client_secret\": \"{#a32}\"}"),
    ("assigned-secret", "a.yaml", "adminPassword: {#a12} # for now"),
    ("assigned-secret", ".env.local", "export API_TOKEN='{#a32}'"),
    (
        "assigned-secret",
        "a.tf",
        "user_data = \"{\\\"password\\\": \\\"{#a12}\\\"}\"",
    ),
    (
        "terraform-state",
        "terraform.tfstate",
        "{\"lineage\": \"x\", \"resources\": []}",
    ),
];

/// File and text in which nothing may be found.
const NOT_FOUND: &[(&str, &str)] = &[
    (
        "a.tf",
        "access_key = \"AKIAIOSFODNN7EXAMPLE\"\nsecret_key = \"wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\"",
    ),
    ("a.md", "ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"),
    ("a.md", "xoxb-your-token-goes-here"),
    (
        "a.tf",
        "password = var.db_password\ntoken = data.vault_generic_secret.x.data[\"token\"]",
    ),
    ("a.tf", "password = \"${var.db_password}\""),
    ("a.tf", "password = random_password.db.result"),
    (
        "a.tf",
        "secret_id = \"arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-AbCdEf\"",
    ),
    (
        "a.tf",
        "password_length = 24\npassword = \"changeme\"\nsecret_name = \"a1b2c3d4e5f6\"",
    ),
    (
        "a.tf",
        "variable \"db_password\" {\n  type      = string\n  sensitive = true\n}\nvariable \"size\" {\n  default = \"a1b2c3d4e5f6\"\n}",
    ),
    ("a.tf", "variable \"db_password\" {\n  default = \"\"\n}"),
    ("a.tf", "kms_key_id = \"1234abcd-12ab-34cd-56ef-1234567890ab\""),
    (
        "a.yaml",
        "env:\n  - name: DB_PASSWORD\n    valueFrom:\n      secretKeyRef:\n        name: db\n        key: password\n",
    ),
    (
        "a.yaml",
        "password: ${DB_PASSWORD}\ntoken: {{ .Values.token }}\nsecretName: tls-secret-2\n",
    ),
    (
        "a.yaml",
        "apiVersion: v1\nkind: Secret\nmetadata:\n  name: x\ntype: Opaque\n",
    ),
    (
        "a.rs",
        "if text.contains(\"-----BEGIN PRIVATE KEY-----\") { return; }",
    ),
    (
        "a.go",
        "password := os.Getenv(\"PASSWORD\")\nif password == \"\" {",
    ),
    ("a.py", "token = get_token(user)\npassword = settings.password"),
    ("a.json", "{\"password\": \"Passwort\", \"token\": \"Token\"}"),
    ("a.md", "Connect with postgres://user:password@localhost:5432/db"),
    ("a.sh", "psql \"postgres://$USER:$PASSWORD@$HOST/db\""),
    (
        ".terraform.lock.hcl",
        "token = \"h1:4f8a9b7c6d5e4f3a2b1c0d9e8f7a6b5c4d3e2f1a\"",
    ),
    (
        "a.tf",
        "public_key = \"ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQC7\"",
    ),
    (
        "a.yaml",
        "Authorization: Bearer $TOKEN\nAuthorization: Bearer ${{ secrets.GITHUB_TOKEN }}",
    ),
    (
        "a.tf",
        "hash = \"{sha256}9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08\"",
    ),
    (
        "a.tf",
        "etag = \"9e107d9d372bb6826bd81d3542a419d6\"\ntoken_url = \"https://login/x1y2z3a4b5c6/token\"",
    ),
    ("empty.tfstate", "{}"),
];

#[test]
fn every_rule_finds_what_it_is_for() {
    for (rule, path, template) in FOUND {
        let text = filled(template);
        let found = rules(path, &text);
        assert_eq!(found, [*rule], "{path}: {text}");
    }
}

#[test]
fn tokens_made_of_parts() {
    let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256","typ":"JWT"}"#);
    let token = format!(
        "{header}.{}.{}",
        URL_SAFE_NO_PAD.encode(r#"{"sub":"42"}"#),
        random(43, LETTERS)
    );
    assert_eq!(rules("a.md", &format!("token {token}")), ["json-web-token"]);
    let other = token.replacen(&header, &URL_SAFE_NO_PAD.encode(r#"{"nothing":1}"#), 1);
    assert!(rules("a.md", &format!("token {other}")).is_empty());
    let login = STANDARD.encode(format!("robot:{}", random(14, LETTERS)));
    let text = format!("{{\"auths\": {{\"host\": {{\"auth\": \"{login}\"}}}}}}");
    assert_eq!(rules(".docker/config.json", &text), ["docker-configuration"]);
    assert!(rules("a.json", "{\"auth\": \"bm9jb2xvbmhlcmU=\"}").is_empty());
}

#[test]
fn every_rule_has_a_test_and_a_name_of_its_own() {
    let tested: BTreeSet<&str> = FOUND
        .iter()
        .map(|(rule, ..)| *rule)
        .chain(["json-web-token", "docker-configuration"])
        .collect();
    let all: Vec<&str> = built_in().unwrap().rules().map(|(id, _)| id).collect();
    let unique: BTreeSet<&str> = all.iter().copied().collect();
    assert_eq!(unique.len(), all.len());
    assert_eq!(tested, unique);
}

#[test]
fn every_built_in_pattern_can_be_used() {
    for rule in rule::built_in() {
        assert!(rule.pattern.has_group("secret"), "{}", rule.id);
        assert!(
            rule.keywords.iter().all(|keyword| keyword.len() >= 2),
            "{}",
            rule.id
        );
        rule.pattern.check().unwrap();
        rule.then.iter().for_each(|then| then.check().unwrap());
    }
}

#[test]
fn every_rule_stands_in_the_documentation() {
    let page = include_str!("../../../../docs/scanning.md");
    for (id, _) in built_in().unwrap().rules() {
        assert!(
            page.contains(&format!("`{id}`")),
            "{id} is missing in docs/scanning.md"
        );
    }
}

#[test]
fn what_only_looks_like_a_secret_passes() {
    for (path, text) in NOT_FOUND {
        assert_eq!(rules(path, text), Vec::<String>::new(), "{path}: {text}");
    }
}

#[test]
fn a_finding_says_where_and_what() {
    let key = filled("AKIA{#u16}");
    let found = scan_file("a.tf", format!("\r\n  x = \"{key}\"\r\n").as_bytes());
    assert_eq!(
        found[0].to_string(),
        "a.tf:2:8: AWS access key id: AKIA… (20 characters) [aws-access-key-id]"
    );
    let found = scan_file("a.tf", filled("  password = \"{#a12}\"").as_bytes());
    assert_eq!(
        found[0].message,
        "secret in plain text as `password` (12 characters)"
    );
}

#[test]
fn comments_allow_with_a_reason_only() {
    let text = filled("password = \"{#a12}\" # lockkeeper:allow-secret");
    let found = scan_file("a.tf", text.as_bytes());
    assert!(found[0].message.contains("gives no reason"), "{found:?}");
    let scan = built_in()
        .unwrap()
        .scan("a.tf", format!("{text} of the local test database").as_bytes());
    assert!(scan.findings.is_empty());
    assert_eq!(scan.allowed[0].reason, "of the local test database");
    let above = filled("# lockkeeper:allow-secret revoked\npassword = \"{#a12}\"\ntoken = \"{#a32}\"");
    assert_eq!(scan_file("a.tf", above.as_bytes()).len(), 1);
}

#[test]
fn binary_files_and_other_encodings() {
    let text = filled("password = \"{#a12}\"");
    assert!(scan_file("a.tf", format!("\0{text}").as_bytes()).is_empty());
    let wide: Vec<u8> = format!("\u{feff}{text}")
        .encode_utf16()
        .flat_map(u16::to_be_bytes)
        .collect();
    assert_eq!(scan_file("a.tf", &wide).len(), 1);
}

#[test]
fn long_lines_are_searched_to_their_end() {
    let key = filled("\"AKIA{#u16}\"");
    let line = format!("{}{key}{}{key}", "key ".repeat(100_000), "x".repeat(9_000));
    assert_eq!(scan_file("a.min", line.as_bytes()).len(), 2);
}

#[test]
fn own_rules_win_and_bad_ones_are_refused() {
    let own = "[[rule]]\nid = \"shop\"\ntitle = \"key of the shop\"\nkeywords = [\"shop_\"]\npattern = '(?P<secret>shop_[a-z0-9]{20})'\n";
    let scanner = Scanner::with_rules(&[("own.toml", own)]).unwrap();
    let text = format!("token = \"shop_{}\"", random(20, b"abcdefgh0123456789"));
    assert_eq!(scanner.scan("a.tf", text.as_bytes()).findings[0].rule, "shop");
    for (bad, expected) in [
        (own.replace("(?P<secret>", "("), "no group `(?P<secret>...)`"),
        (own.replace("[\"shop_\"]", "[]"), "needs keywords"),
        (own.replace("title", "tittle"), "cannot be read"),
        (own.replace("{20})", "{20}"), "cannot be used"),
    ] {
        let error = Scanner::with_rules(&[("own.toml", &bad)])
            .unwrap_err()
            .to_string();
        assert!(error.contains(expected), "{error}");
    }
}

proptest! {
    #[test]
    fn never_panics(path in "[a-z.]{0,20}", content in proptest::collection::vec(any::<u8>(), 0..2000)) {
        scan_file(&path, &content);
    }

    #[test]
    fn never_panics_on_what_looks_like_secrets(parts in proptest::collection::vec(prop::sample::select(vec![
        "password", " = ", "\"", "'", "\n", "variable \"x_token\" {", "default = ", "}", "name: ", "value: ", "kind: Secret\n",
        "data:\n", "  ", "-----BEGIN PRIVATE KEY-----", "AKIA", "eyJ", ".", "://a:b@", "é", "\\\"", "lockkeeper:allow-secret ", "\u{0}x",
    ]), 0..60)) {
        scan_file("a.yaml", parts.concat().as_bytes());
    }

    #[test]
    fn no_finding_holds_the_secret(secret in "[A-Za-z0-9!+]{8,40}[0-9][A-Z][0-9]", which in 0..4_usize) {
        let text = match which {
            0 => format!("password = \"{secret}\""),
            1 => format!("url = \"mysql://root:{secret}@db/x\""),
            2 => format!("- name: {secret}_PASSWORD\n  value: \"{secret}\""),
            _ => format!("sk_live_{secret} ghp_{secret}"),
        };
        for finding in scan_file("a.tf", text.as_bytes()) {
            prop_assert!(!finding.to_string().contains(&secret), "{finding}");
        }
    }
}
