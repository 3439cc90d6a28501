//! Protected states, leave to overwrite, rollbacks, imports, and the queue for a lock.

use axum::body::Body;
use serde_json::{Value, json};

use crate::service::{Answer, ROOT, Service};
use crate::state_locks::{STATE, lock};

const PRODUCTION: &str = "/api/v1/projects/shop/environments/production/stacks/network/state";

fn body(serial: i64, lineage: &str, resources: &Value) -> String {
    json!({"version": 4, "serial": serial, "lineage": lineage, "outputs": {}, "resources": resources})
        .to_string()
}

/// Writes under a lock, as a client does.
async fn write(service: &Service, token: &str, serial: i64, lineage: &str) -> Answer {
    service
        .ask(token, "LOCK", STATE, lock("w").to_string())
        .await
        .is(200);
    let path = format!("{STATE}?ID=w");
    let written = service
        .ask(token, "POST", &path, body(serial, lineage, &json!([])))
        .await;
    service
        .ask(token, "UNLOCK", STATE, lock("w").to_string())
        .await
        .is(200);
    written
}

async fn versions(service: &Service) -> Vec<Value> {
    let page = service
        .get(ROOT, &format!("{STATE}/versions"))
        .await
        .is(200)
        .json();
    page["items"].as_array().unwrap().clone()
}

async fn leave(service: &Service, token: &str) -> Answer {
    let wanted = json!({"reason": "a broken provider", "seconds": 60});
    service
        .post(token, &format!("{STATE}/allow-overwrite"), &wanted)
        .await
}

#[tokio::test]
async fn leave_is_for_one_write_of_one_user() {
    let service = Service::start().await;
    let (alice, bob) = (
        service.member("alice", "operator").await,
        service.member("bob", "operator").await,
    );
    write(&service, &alice, 9, "l").await.is(200);
    let refused = write(&service, &alice, 3, "l").await.is_problem(409, "conflict");
    assert!(
        refused["hint"]
            .as_str()
            .unwrap()
            .contains("allow-overwrite staging network"),
        "{refused}"
    );
    leave(&service, &alice).await.is(200);
    write(&service, &bob, 3, "l").await.is_problem(409, "conflict");
    // What follows the rules does not use it up.
    write(&service, &alice, 10, "l").await.is(200);
    write(&service, &alice, 3, "other").await.is(200);
    write(&service, &alice, 2, "other")
        .await
        .is_problem(409, "conflict");
    let newest = &versions(&service).await[0];
    assert_eq!(newest["origin"], "overwrite");
    assert_eq!(newest["reason"], "a broken provider");
    for (reason, seconds) in [("", 60), (" ", 60), ("r", 0), ("r", 3601)] {
        let wanted = json!({"reason": reason, "seconds": seconds});
        let path = format!("{STATE}/allow-overwrite");
        service
            .post(&alice, &path, &wanted)
            .await
            .is_problem(400, "invalid");
    }
}

#[tokio::test]
async fn versions_that_share_a_serial_are_named_by_their_identifiers() {
    let service = Service::start().await;
    let alice = service.member("alice", "operator").await;
    for (serial, lineage) in [(5, "first"), (5, "second"), (6, "second")] {
        let path = format!("{STATE}/import?reason=r&replace=true");
        service
            .ask(&alice, "POST", &path, body(serial, lineage, &json!([])))
            .await
            .is(200);
    }
    let kept = versions(&service).await;
    let id = |index: usize| kept[index]["id"].as_str().unwrap();
    let refused = service.get(&alice, &format!("{STATE}/versions/5")).await;
    let detail = refused.is_problem(409, "conflict")["detail"].to_string();
    for told in [id(1), id(2), "first", "second"] {
        assert!(detail.contains(told), "{detail}");
    }
    let by_serial = format!("{STATE}/diff?from=5&to=6");
    service.get(&alice, &by_serial).await.is_problem(409, "conflict");
    // The one before is the one that was written before, whatever its serial.
    let path = format!("{STATE}/diff?to={}", id(1));
    let before = service.get(&alice, &path).await.is(200).json();
    assert_eq!(
        (&before["from_version"], &before["to_version"]),
        (&json!(id(2)), &json!(id(1)))
    );
    let oldest = service
        .get(&alice, &format!("{STATE}/versions/{}", id(2)))
        .await
        .is(200);
    assert_eq!(oldest.body, body(5, "first", &json!([])).as_bytes());

    let path = format!("{STATE}/rollback");
    for (wanted, status) in [
        (json!({"reason": "r", "serial": 5}), 409),
        (json!({"reason": "r"}), 400),
        (json!({"reason": "r", "serial": 5, "version": id(2)}), 400),
        (json!({"reason": "r", "version": id(2)}), 200),
    ] {
        service.post(&alice, &path, &wanted).await.is(status);
    }
    let newest = &versions(&service).await[0];
    assert_eq!(
        (&newest["serial"], &newest["lineage"], &newest["of_serial"]),
        (&json!(7), &json!("first"), &json!(5))
    );
    // The identifier of a version of another state is none of this one.
    service
        .get(ROOT, &format!("{PRODUCTION}/versions/{}", id(2)))
        .await
        .is_problem(404, "not-found");
}

#[tokio::test]
async fn a_person_plans_on_a_protected_state_and_does_not_apply() {
    let service = Service::start().await;
    let alice = service.member("alice", "admin").await;
    let with = |operation: &str| {
        let mut lock = lock("one");
        lock["Operation"] = json!(operation);
        lock.to_string()
    };
    let propose = "lockkeeper change propose --stack network";
    for (operation, instead) in [
        ("OperationTypeApply", propose),
        ("state-push", propose),
        (
            "migration destination state",
            "lockkeeper state import production network",
        ),
        ("", propose),
    ] {
        let refused = service.ask(&alice, "LOCK", PRODUCTION, with(operation)).await;
        let problem = refused.is_problem(409, "protected");
        // Terraform prints the identifier of the lock, and nothing else of a refusal.
        assert!(problem["ID"].as_str().unwrap().contains(instead), "{problem}");
    }
    service
        .ask(&alice, "LOCK", PRODUCTION, with("OperationTypePlan"))
        .await
        .is(200);
    let path = format!("{PRODUCTION}?ID=one");
    service
        .ask(&alice, "POST", &path, body(1, "l", &json!([])))
        .await
        .is_problem(409, "protected");
    service
        .ask(&alice, "UNLOCK", PRODUCTION, with("OperationTypePlan"))
        .await
        .is(200);
    service
        .ask(&alice, "DELETE", PRODUCTION, Body::empty())
        .await
        .is_problem(409, "protected");
    let wanted = json!({"reason": "r", "seconds": 60});
    let path = format!("{PRODUCTION}/allow-overwrite");
    service
        .post(&alice, &path, &wanted)
        .await
        .is_problem(409, "protected");
}

#[tokio::test]
async fn what_a_person_is_about_to_write_is_not_protected_under_their_hands() {
    let service = Service::start().await;
    let alice = service.member("alice", "operator").await;
    let (environment, said) = (
        "/api/v1/projects/shop/environments/staging",
        json!({"protected": true, "reason": "r"}).to_string(),
    );
    let protection = format!("{STATE}/protection");
    let all = json!({"states_protected": true}).to_string();
    let mut plans = lock("one");
    plans["Operation"] = json!("OperationTypePlan");
    for (taken, refused) in [(lock("one"), true), (plans, false)] {
        service
            .ask(&alice, "LOCK", STATE, taken.to_string())
            .await
            .is(200);
        for (method, path, body) in [("PATCH", environment, &all), ("PUT", protection.as_str(), &said)] {
            let answer = service.ask(ROOT, method, path, body.clone()).await;
            if refused {
                let problem = answer.is_problem(409, "conflict");
                let detail = problem["detail"].as_str().unwrap();
                assert!(detail.contains("alice") && detail.contains("network"), "{detail}");
                assert!(problem["hint"].as_str().unwrap().contains("state unlock staging"));
            } else {
                assert!(answer.status.is_success());
            }
        }
        service
            .ask(&alice, "UNLOCK", STATE, taken.to_string())
            .await
            .is(200);
    }
}

#[tokio::test]
async fn protection_is_said_of_a_state_or_of_its_environment() {
    let service = Service::start().await;
    let shown = async |path: &str| service.get(ROOT, &format!("{path}/detail")).await.is(200).json();
    let protect = async |protected: bool| {
        let said = json!({"protected": protected, "reason": "INC-1"}).to_string();
        let path = format!("{PRODUCTION}/protection");
        service.ask(ROOT, "PUT", &path, said).await.is(204);
    };
    protect(false).await;
    assert_eq!(shown(PRODUCTION).await["protected"], false);
    service
        .ask(ROOT, "LOCK", PRODUCTION, lock("one").to_string())
        .await
        .is(200);
    service
        .ask(ROOT, "UNLOCK", PRODUCTION, lock("one").to_string())
        .await
        .is(200);
    protect(true).await;
    assert_eq!(shown(PRODUCTION).await["protected_by"], "state");
    write(&service, ROOT, 1, "l").await.is(200);
    let environment = "/api/v1/projects/shop/environments/staging";
    let edit = json!({"states_protected": true}).to_string();
    service.ask(ROOT, "PATCH", environment, edit).await.is(200);
    assert_eq!(shown(STATE).await["protected_by"], "environment");
    service
        .ask(ROOT, "LOCK", STATE, lock("one").to_string())
        .await
        .is_problem(409, "protected");
}

#[tokio::test]
async fn a_rollback_is_a_new_serial_with_the_old_content() {
    let service = Service::start().await;
    let alice = service.member("alice", "operator").await;
    service
        .ask(&alice, "LOCK", STATE, lock("w").to_string())
        .await
        .is(200);
    for (serial, name) in [(1, "a"), (2, "b"), (3, "c")] {
        let resources =
            json!([{"mode": "managed", "type": "t", "name": name, "provider": "p", "instances": []}]);
        service
            .ask(
                &alice,
                "POST",
                &format!("{STATE}?ID=w"),
                body(serial, "l", &resources),
            )
            .await
            .is(200);
    }
    let rollback = async || {
        let wanted = json!({"serial": 1, "reason": "b was a mistake"});
        service.post(&alice, &format!("{STATE}/rollback"), &wanted).await
    };
    rollback().await.is_problem(423, "locked");
    service
        .ask(&alice, "UNLOCK", STATE, lock("w").to_string())
        .await
        .is(200);
    assert_eq!(rollback().await.is(200).json()["serial"], 4);
    let read = service.get(&alice, STATE).await.is(200).json();
    assert_eq!((&read["serial"], &read["lineage"]), (&json!(4), &json!("l")));
    assert_eq!(read["resources"][0]["name"], "a");
    let newest = &versions(&service).await[0];
    assert_eq!(
        (&newest["origin"], &newest["of_serial"]),
        (&json!("rollback"), &json!(1))
    );
    let none = json!({"serial": 77, "reason": "r"});
    service
        .post(&alice, &format!("{STATE}/rollback"), &none)
        .await
        .is_problem(404, "not-found");
    let wanted = json!({"serial": 1, "reason": "r"});
    let path = format!("{PRODUCTION}/rollback");
    service
        .post(&alice, &path, &wanted)
        .await
        .is_problem(403, "forbidden");
}

#[tokio::test]
async fn an_import_takes_the_place_of_what_is_there_only_when_told() {
    let service = Service::start().await;
    let alice = service.member("alice", "operator").await;
    let import = async |token: &str, path: &str, query: &str, body: String| {
        service
            .ask(token, "POST", &format!("{path}/import?reason=moved{query}"), body)
            .await
    };
    let state = |serial, lineage| body(serial, lineage, &json!([]));
    assert_eq!(
        import(&alice, STATE, "", state(7, "a")).await.is(200).json()["serial"],
        7
    );
    assert_eq!(
        import(&alice, STATE, "", state(7, "a")).await.is(200).json()["serial"],
        7
    );
    import(&alice, STATE, "", state(6, "a"))
        .await
        .is_problem(409, "conflict");
    import(&alice, STATE, "", state(9, "b"))
        .await
        .is_problem(409, "conflict");
    assert_eq!(
        import(&alice, STATE, "&replace=true", state(6, "a"))
            .await
            .is(200)
            .json()["serial"],
        8
    );
    assert_eq!(
        import(&alice, STATE, "&replace=true", state(2, "b"))
            .await
            .is(200)
            .json()["serial"],
        2
    );
    assert_eq!(versions(&service).await.len(), 3);
    // A protected state takes an administrator.
    import(&alice, PRODUCTION, "", state(1, "p"))
        .await
        .is_problem(403, "forbidden");
    import(ROOT, PRODUCTION, "", state(1, "p")).await.is(200);
}

#[tokio::test]
async fn who_waits_on_the_request_gets_the_lock_in_order() {
    let service = Service::start().await;
    let (alice, bob) = (
        service.member("alice", "operator").await,
        service.member("bob", "operator").await,
    );
    service
        .ask(ROOT, "LOCK", STATE, lock("root").to_string())
        .await
        .is(200);
    let waiting = format!("{STATE}?wait=30");
    let wait = async |token: &str, id: &str| {
        service
            .ask(token, "LOCK", &waiting, lock(id).to_string())
            .await
            .is(200);
        // Nobody who came later holds it meanwhile, so the unlock is answered with 200.
        service
            .ask(token, "UNLOCK", STATE, lock(id).to_string())
            .await
            .is(200);
        tokio::time::Instant::now()
    };
    let queued = async |count: usize| loop {
        let detail = service.get(ROOT, &format!("{STATE}/detail")).await.is(200).json();
        if detail["waiting"].as_array().unwrap().len() >= count {
            return detail;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    };
    let free = async {
        queued(1).await;
        queued(2).await;
        // Who does not wait gets it neither now nor between two who wait.
        service
            .ask(ROOT, "LOCK", STATE, lock("late").to_string())
            .await
            .is(423);
        service
            .ask(ROOT, "UNLOCK", STATE, lock("root").to_string())
            .await
            .is(200);
    };
    let second = async {
        queued(1).await;
        wait(&bob, "b").await
    };
    let (first, second, ()) = tokio::join!(wait(&alice, "a"), second, free);
    assert!(first <= second);
    let refused = service
        .ask(ROOT, "LOCK", &format!("{STATE}?wait=61"), lock("x").to_string())
        .await;
    refused.is_problem(400, "invalid");
}

#[tokio::test]
async fn who_asks_once_and_goes_away_stands_in_nobodys_way() {
    let service = Service::start().await;
    service
        .ask(ROOT, "LOCK", STATE, lock("root").to_string())
        .await
        .is(200);
    service
        .ask(ROOT, "LOCK", STATE, lock("gone").to_string())
        .await
        .is(423);
    service
        .ask(ROOT, "UNLOCK", STATE, lock("root").to_string())
        .await
        .is(200);
    service
        .ask(ROOT, "LOCK", STATE, lock("next").to_string())
        .await
        .is(200);
    // Who asks twice waits, and the free lock is theirs.
    for _ in 0..2 {
        service
            .ask(ROOT, "LOCK", STATE, lock("patient").to_string())
            .await
            .is(423);
    }
    service
        .ask(ROOT, "UNLOCK", STATE, lock("next").to_string())
        .await
        .is(200);
    let refused = service
        .ask(ROOT, "LOCK", STATE, lock("hasty").to_string())
        .await
        .is(423);
    assert_eq!(refused.json()["ID"], "patient");
    service
        .ask(ROOT, "LOCK", STATE, lock("patient").to_string())
        .await
        .is(200);
}
