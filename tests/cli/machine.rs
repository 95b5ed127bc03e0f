//! The identity of a virtual machine. Its token service has one address on all
//! machines, so the test needs a network of its own to stand in for it.

use std::{
    env,
    process::{Command, Output},
};

use teamcast::simulator::{Assigned, Credentials, Quotas, Registration, Shape};

use crate::stage::{Stage, counts, skipped};

/// Where Azure's machines ask for tokens.
const METADATA_SERVICE: &str = "169.254.169.254:80";
/// Set for the test within the network.
const WITHIN: &str = "TEAMCAST_TEST_WITHIN_A_NETWORK";
/// What a network of its own needs, or the code for that there is none.
const NETWORK: &str =
    "ip link set lo up && ip addr add 169.254.169.254/32 dev lo || exit 77; exec \"$@\"";

#[test]
fn a_virtual_machine_signs_in_by_its_metadata_service_and_by_no_proxy() {
    if env::var_os(WITHIN).is_none() {
        let name = "a_virtual_machine_signs_in_by_its_metadata_service_and_by_no_proxy";
        return within_a_network(name);
    }
    for (assigned, named) in [
        (Assigned::System, false),
        (Assigned::User, false),
        (Assigned::User, true),
    ] {
        let stage = machine(assigned, named);
        let service = stage.serve_also(METADATA_SERVICE.parse().unwrap());

        stage.run_as([("HTTP_PROXY", "http://127.0.0.1:9")]).code(0);

        assert_eq!(stage.account(), counts([("delivered", 2)]));
        stage.runtime.block_on(service.stop());
    }
}

#[test]
fn a_machine_without_a_metadata_service_is_told_so_at_once() {
    if env::var_os(WITHIN).is_none() {
        return within_a_network("a_machine_without_a_metadata_service_is_told_so_at_once");
    }
    let stage = machine(Assigned::System, false);

    let ended = stage.run_as([]).code(6);

    ended.says(&["this machine has no managed identity"]);
    stage.nobody_was_touched();
}

/// Two people, and an app whose identity is the machine's.
fn machine(assigned: Assigned, named: bool) -> Stage {
    let credentials = Credentials {
        assigned,
        ..Credentials::default()
    };
    let registration = Registration {
        credentials,
        ..Registration::default()
    };
    let stage = Stage::registered(2, Shape::uniform(), Quotas::Off, registration);
    stage.edit("\"client-secret\"", "\"managed-identity\"");
    if !named {
        let line = format!("client_id = \"{}\"", stage.world.facts().client_id);
        stage.edit(&line, "");
    }
    stage
}

/// Runs the test of this module with that name where the address is free.
fn within_a_network(name: &str) {
    let name = format!("machine::{name}");
    let tested = Command::new("unshare")
        .args(["-rn", "sh", "-c", NETWORK, "sh"])
        .arg(env::current_exe().unwrap())
        .args(["--exact", &name, "--nocapture"])
        .env(WITHIN, "1")
        .output();
    let Some(Output { stdout, stderr, .. }) = tested.ok().filter(is_a_network) else {
        return skipped(
            "no network can be made here, so a virtual machine's identity was NOT tested",
        );
    };
    let told = String::from_utf8_lossy(&stdout);
    let errors = String::from_utf8_lossy(&stderr);
    assert!(told.contains("1 passed; 0 failed"), "{told}{errors}");
}

/// Whether the test began: the codes of `unshare` and of the script are others.
fn is_a_network(tested: &Output) -> bool {
    matches!(tested.status.code(), Some(0 | 101))
}
