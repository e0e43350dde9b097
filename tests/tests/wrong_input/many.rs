//! Ten thousand of what a program or a file lists, and names of every character.

use crate::cases::{self, Case};
use crate::each;
use crate::scene::Scene;
use crate::seen::Seen;

const MANY: usize = 10_000;

/// A case, and how one of its things is written, with `#` where its number or name stands, between a beginning and an end.
struct Listed {
    case: &'static str,
    begin: &'static str,
    one: &'static str,
    between: &'static str,
    end: &'static str,
}

const LISTED: &[Listed] = &[
    Listed {
        case: "systemctl table",
        begin: "",
        one: "u#.service loaded active running a unit",
        between: "\n",
        end: "\n",
    },
    Listed {
        case: "postqueue -j",
        begin: "",
        one: "{\"queue_name\": \"#\", \"queue_id\": \"A\", \"arrival_time\": 1796006749, \"message_size\": 266}",
        between: "\n",
        end: "\n",
    },
    Listed {
        case: "multipathd json",
        begin: "{\"maps\": [",
        one: "{\"name\": \"#\", \"uuid\": \"#\", \"sysfs\": \"dm-0\", \"queueing\": \"-\", \"paths\": 1, \"path_faults\": 0, \"path_groups\": [{\"paths\": [{\"dev\": \"sda\", \"dm_st\": \"active\", \"chk_st\": \"ready\"}]}]}",
        between: ",",
        end: "]}",
    },
    Listed { case: "ipmitool", begin: "", one: "# | 04h | ok  |  3.1 | 54 degrees C", between: "\n", end: "\n" },
    Listed { case: "psql", begin: "", one: "#\t12", between: "\n", end: "\n" },
    Listed {
        case: "lvm",
        begin: "{\"report\": [{\"lv\": [",
        one: "{\"vg_name\":\"vg0\", \"lv_name\":\"#\", \"lv_attr\":\"-wi-a-----\", \"lv_size\":\"41943040\", \"data_percent\":\"\", \"metadata_percent\":\"\", \"copy_percent\":\"\", \"lv_health_status\":\"\"}",
        between: ",",
        end: "]}]}",
    },
    Listed {
        case: "zpool",
        begin: "",
        one: "#\t996432412672\t523432412672\t473000000000\tONLINE",
        between: "\n",
        end: "\n",
    },
    Listed {
        case: "storcli",
        begin: "{\"Controllers\":[{\"Command Status\":{\"Controller\":0,\"Status\":\"Success\"},\"Response Data\":{\"Status\":{\"Controller Status\":\"Optimal\"},\"PD LIST\":[",
        one: "{\"EID:Slt\":\"#\",\"State\":\"Onln\"}",
        between: ",",
        end: "]}}]}",
    },
    Listed {
        case: "chronyc",
        begin: "",
        one: "7F000001,#,4,1796007640.166662210,-0.000001703,0.000000204,0.000000361,-0.006,0.007,0.330,0.000007089,0.000001585,1.0,Normal",
        between: "\n",
        end: "\n",
    },
];

fn case(name: &str) -> &'static Case {
    cases::all().into_iter().find(|it| it.name == name).unwrap_or_else(|| panic!("{name} is a case"))
}

#[test]
fn ten_thousand_of_them_are_told_or_refused_by_a_limit() {
    each(LISTED, |listed| {
        let scene = Scene::new(case(listed.case));
        let all: Vec<String> = (0..MANY).map(|number| listed.one.replace('#', &number.to_string())).collect();
        scene.prints(0, format!("{}{}{}", listed.begin, all.join(listed.between), listed.end));
        scene
            .run()
            .err()
            .map(|fault| format!("{}: {}", listed.case, &fault[..fault.len().min(400)]))
            .into_iter()
            .collect()
    });
}

/// Every character of ASCII that a name can have in a text of lines, and some beyond.
fn odd_name() -> String {
    let ascii: String = (1..128_u8).map(char::from).filter(|it| !"\r\n\t|\"\\#,".contains(*it)).collect();
    format!("{ascii}äß\u{a0}\u{200b}\u{202e}日本\u{1f4a5}\u{85}")
}

#[test]
fn names_of_every_character_break_no_output() {
    let told = |seen: &Seen| if seen.text.lines().count() == 1 { Ok(()) } else { Err(seen.text.clone()) };
    each(LISTED, |listed| {
        let scene = Scene::new(case(listed.case));
        let json = listed.begin.starts_with('{') || listed.one.starts_with('{');
        let quoted = serde_json::Value::from(format!("{}\"\\\r\n\t|#,", odd_name())).to_string();
        let name = if json { quoted.trim_matches('"').to_owned() } else { odd_name() };
        scene.prints(0, format!("{}{}{}", listed.begin, listed.one.replace('#', &name), listed.end));
        let seen = scene.run().and_then(|seen| told(&seen)).and_then(|()| scene.plain());
        seen.err().map(|fault| format!("{}: {fault}", listed.case)).into_iter().collect()
    });
}
