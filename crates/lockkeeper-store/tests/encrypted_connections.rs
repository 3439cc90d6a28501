//! Connections to PostgreSQL under TLS, with certificates of an authority that nobody else knows.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test that cannot set itself up fails, and starts programs itself"
)]

use std::path::{Path, PathBuf};
use std::process::Command;

use lockkeeper_store::{Database, PostgresSettings, StoreError};
use lockkeeper_testkit::postgres::{Certificate, Postgres};
use lockkeeper_testkit::repository::program;

fn openssl(folder: &Path, arguments: &[&str]) {
    let made = Command::new(program("openssl", "apt-get install openssl"))
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
}

/// Makes an authority of that name; answers the file of its certificate.
fn authority(folder: &Path, name: &str) -> PathBuf {
    let (key, certificate) = (format!("{name}.key"), format!("{name}.crt"));
    let subject = format!("/CN={name}");
    let arguments = "req -x509 -newkey rsa:2048 -nodes -days 2 -addext basicConstraints=critical,CA:TRUE";
    let files = ["-subj", &subject, "-keyout", &key, "-out", &certificate];
    openssl(
        folder,
        &[&arguments.split(' ').collect::<Vec<_>>()[..], &files].concat(),
    );
    folder.join(certificate)
}

/// Makes the certificate of `localhost`, signed by the authority.
fn certificate(folder: &Path, authority: &str) {
    std::fs::write(folder.join("names"), "subjectAltName=DNS:localhost").unwrap();
    openssl(
        folder,
        &"req -newkey rsa:2048 -nodes -subj /CN=db -keyout db.key -out db.csr"
            .split(' ')
            .collect::<Vec<_>>(),
    );
    let sign = format!(
        "x509 -req -in db.csr -CA {authority}.crt -CAkey {authority}.key -CAcreateserial -days 2 -extfile names -out db.crt"
    );
    openssl(folder, &sign.split(' ').collect::<Vec<_>>());
}

#[tokio::test]
async fn the_database_is_known_by_its_certificate() {
    let folder = tempfile::tempdir().unwrap();
    let (ours, theirs) = (
        authority(folder.path(), "ours"),
        authority(folder.path(), "theirs"),
    );
    certificate(folder.path(), "ours");
    let server = Postgres::start_encrypted(Certificate {
        certificate: &folder.path().join("db.crt"),
        key: &folder.path().join("db.key"),
    });
    let connect = async |host: &str, rest: String| {
        let address = format!(
            "postgres://postgres@{host}:{}/postgres?sslmode={rest}",
            server.port()
        );
        let database = Database::connect_postgres_bare(&PostgresSettings::new(address)).await;
        match database {
            Ok(database) => {
                database.close().await;
                Ok(())
            }
            Err(error) => Err(error),
        }
    };
    let trusting = |mode: &str, root: &Path| format!("{mode}&sslrootcert={}", root.display());

    for good in [
        "prefer".to_owned(),
        "require".to_owned(),
        trusting("verify-full", &ours),
    ] {
        connect("localhost", good).await.unwrap();
    }
    connect("127.0.0.1", trusting("verify-ca", &ours)).await.unwrap();
    let refused = connect("localhost", "disable".to_owned()).await.unwrap_err();
    assert!(matches!(&refused, StoreError::Database(_)), "{refused}");
    for (host, rest, why) in [
        ("127.0.0.1", trusting("verify-full", &ours), "not valid for name"),
        ("localhost", trusting("verify-full", &theirs), "UnknownIssuer"),
        ("localhost", "verify-ca".to_owned(), "UnknownIssuer"),
        (
            "localhost",
            trusting("verify-full", Path::new("/nowhere/ca.crt")),
            "No such file",
        ),
    ] {
        let refused = connect(host, rest).await.unwrap_err();
        assert!(matches!(&refused, StoreError::Unsafe { .. }), "{refused}");
        assert!(refused.to_string().contains(why), "{refused}");
    }
    let plain = Postgres::start();
    let address = plain.url().replace("sslmode=disable", "sslmode=require");
    let refused = Database::connect_postgres_bare(&PostgresSettings::new(address))
        .await
        .unwrap_err();
    assert!(matches!(&refused, StoreError::Unsafe { .. }), "{refused}");
}
