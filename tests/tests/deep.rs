//! What nests deep is refused in words: parsers that call themselves at each level end at the end of a stack.

use roundsman_tests::component::{check, guest};
use roundsman_tests::{Host, Output};

/// Deeper than any stack.
const LEVELS: usize = 100_000;

/// A number as WebAssembly writes it.
fn leb128(mut number: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let low = (number & 0x7f) as u8;
        number >>= 7;
        if number == 0 {
            bytes.push(low);
            return bytes;
        }
        bytes.push(low | 0x80);
    }
}

fn section(id: u8, content: &[u8]) -> Vec<u8> {
    [&[id], &leb128(content.len())[..], content].concat()
}

const COMPONENT: &[u8] = b"\0asm\x0d\0\x01\0";

/// A component with one type: a type of this kind that declares one of its kind, and so on.
fn nested_types(kind: u8, levels: usize) -> Vec<u8> {
    let mut content = vec![1];
    for _ in 1..levels {
        content.extend([kind, 1, 1]);
    }
    content.extend([kind, 0]);
    [COMPONENT, &section(7, &content)].concat()
}

/// Components in components.
fn nested_components(levels: usize) -> Vec<u8> {
    let mut component = COMPONENT.to_vec();
    for _ in 1..levels {
        component = [COMPONENT, &section(4, &component)].concat();
    }
    component
}

/// A list of a list of a list.
fn nested_lists(levels: usize) -> Vec<u8> {
    let mut content = leb128(levels);
    content.extend([0x70, 0x79]);
    for index in 0..levels - 1 {
        content.push(0x70);
        // An index is a signed number here: the sixth bit of its last byte is the sign.
        let mut index = leb128(index);
        if index.last().is_some_and(|last| last & 0x40 != 0) {
            *index.last_mut().expect("a byte") |= 0x80;
            index.push(0);
        }
        content.extend(index);
    }
    [COMPONENT, &section(7, &content)].concat()
}

/// A core module with one function of blocks in blocks.
fn nested_blocks(levels: usize) -> Vec<u8> {
    let body = [&[0][..], &[0x02, 0x40].repeat(levels), &[0x0b].repeat(levels + 1)].concat();
    let code = [&[1][..], &leb128(body.len()), &body].concat();
    let module = [b"\0asm\x01\0\0\0".to_vec(), section(1, &[1, 0x60, 0, 0]), section(3, &[1, 0]), section(10, &code)];
    [COMPONENT, &section(1, &module.concat())].concat()
}

#[track_caller]
fn refused(what: &str, output: &Output) {
    let said = format!("{}{}", output.stdout, output.stderr);
    assert!([65, 3].contains(&output.code), "{what}: {output}");
    let crashed = ["killed by", "SIG", "internal", "panicked", "overflow"].into_iter().find(|word| said.contains(word));
    assert_eq!(crashed, None, "{what}: {output}");
}

#[test]
fn a_component_that_nests_deep_is_invalid() {
    let host = Host::new();
    for (what, bytes) in [
        ("component types, as found", nested_types(0x41, 5_000)),
        ("component types", nested_types(0x41, LEVELS)),
        ("instance types", nested_types(0x42, LEVELS)),
        ("component types, as deep as they may be", nested_types(0x41, 190)),
        ("instance types, as deep as they may be", nested_types(0x42, 190)),
        ("components", nested_components(2_000)),
        ("components, as deep as they may be", nested_components(190)),
        ("lists", nested_lists(LEVELS)),
        ("blocks", nested_blocks(LEVELS)),
    ] {
        let file = host.file("deep.wasm", bytes).display().to_string();
        refused(what, &host.run(["inspect", &file]));
        refused(what, &host.run(["check", &file]));
    }
}

#[test]
fn so_is_a_configuration() {
    let host = Host::new();
    let memory = "wasm = \"memory.wasm\"\nevery = \"1m\"\n";
    let keys = vec!["a"; LEVELS].join(".");
    for text in [
        format!("[check.a]\n{memory}[check.a.config]\nx = {}1{}\n", "[".repeat(LEVELS), "]".repeat(LEVELS)),
        format!("[check.a]\n{memory}[check.a.config]\nx = {}1{}\n", "{ a = ".repeat(LEVELS), "}".repeat(LEVELS)),
        format!("[check.a]\n{memory}[check.a.config]\n{keys} = 1\n"),
        format!("[check.a]\n{memory}[check.a.config.{keys}]\nx = 1\n"),
        format!("[{keys}]\nx = 1\n"),
        format!("[[{keys}]]\nx = 1\n"),
    ] {
        host.drop_in("a", &text);
        for args in [&["validate"][..], &["run", "--all"], &["config"]] {
            let output = host.run(args.iter().copied());
            assert!([0, 78].contains(&output.code), "{:.60}: {:.2000}", text, output.stderr);
            assert!(!output.stderr.contains("overflow"), "{:.60}: {:.2000}", text, output.stderr);
        }
    }
}

#[test]
fn so_are_options_of_the_command_line() {
    let host = Host::new();
    let memory = check("memory").display().to_string();
    let says = guest("says").display().to_string();
    let (keys, list) = (vec!["a"; 30_000].join("."), format!("{}1{}", "[".repeat(30_000), "]".repeat(30_000)));
    for set in [format!("{keys}=1"), format!("x={list}"), format!("x={}", "{ a = ".repeat(15_000))] {
        for component in [&memory, &says] {
            let output = host.run(["check", component, "--set", &set]);
            // What is no TOML is a text.
            assert!([0, 3].contains(&output.code) && !output.stderr.contains("overflow"), "{output}");
        }
    }
}
