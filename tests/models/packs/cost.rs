//! Graphs that are small in their files and large in ONNX Runtime: refused by an estimate, before it sees them.

use airoto::models::onnx::{estimate, inspect};

use super::hostile;
use super::onnx::{FLOAT, sparse, with_more};
use super::onnx::{branch, declared, extended, floats, graph, integer, integers, node, node_of, node_with};
use super::refused;

const DOMAIN: &str = "functions";

/// A model from `image` to the outputs of an encoder, whose function `f0` each of `depth` functions stands for by
/// calling the next one twice.
fn doubling_functions(depth: usize, leaf: Vec<Vec<u8>>) -> Vec<u8> {
    let names: Vec<String> = (0..depth).map(|i| format!("f{i}")).collect();
    let mut leaf = Some(leaf);
    let body = |i: usize| match names.get(i + 1) {
        Some(next) => vec![node_of(DOMAIN, next, &["x"], &["a"]), node_of(DOMAIN, next, &["a"], &["y"])],
        None => leaf.take().expect("one leaf"),
    };
    let bodies: Vec<_> = (0..depth).map(body).collect();
    let functions: Vec<_> = names.iter().map(String::as_str).zip(bodies).collect();
    let call = vec![node_of(DOMAIN, "f0", &["image"], &["called"])];
    extended(&hostile::encoder(18, call, &[], "called"), DOMAIN, &functions)
}

/// `times` nodes that put `from` beside itself; the last gives `x`.
fn doubling(times: usize, from: &str, to: &str) -> Vec<Vec<u8>> {
    let name = |i: usize| if i == 0 { from.to_owned() } else { format!("{to}{i}") };
    let along = |i: usize| {
        let (last, next) = (name(i), if i + 1 == times { to.to_owned() } else { name(i + 1) });
        node_with("Concat", &[&last, &last], &[&next], &[integer("axis", 0)])
    };
    (0..times).map(along).collect()
}

#[test]
fn nodes_are_counted_as_functions_make_them() {
    let neg = || vec![node("Neg", &["x"], &["y"])];
    // 2^16 calls less one, 2^15 nodes in the last function, and those of the graph.
    let words = ["graph encoder", "encoder.onnx", "has 98307 nodes", "expected 50000 at most"];
    refused(hostile::pack(Some(&doubling_functions(16, neg()))).path(), &words);
    // No number of 64 bits holds how many these are.
    let deep = doubling_functions(30, doubling(20, "x", "y"));
    refused(hostile::pack(Some(&deep)).path(), &["nodes", "expected 50000 at most"]);
    let deeper = doubling_functions(40, neg());
    refused(hostile::pack(Some(&deeper)).path(), &["calls of functions deeper than 32"]);
    let endless = [("f0", vec![node_of(DOMAIN, "f0", &["x"], &["y"])])];
    let call = vec![node_of(DOMAIN, "f0", &["image"], &["called"])];
    let endless = extended(&hostile::encoder(18, call.clone(), &[], "called"), DOMAIN, &endless);
    refused(hostile::pack(Some(&endless)).path(), &["calls of functions deeper than 32, among them f0"]);
    let twice = [("f0", neg()), ("f0", neg())];
    let twice = extended(&hostile::encoder(18, call, &[], "called"), DOMAIN, &twice);
    refused(hostile::pack(Some(&twice)).path(), &["defines the function f0 twice"]);
    // Those that exporters write are fine.
    inspect(&doubling_functions(8, neg())).expect("an ordinary model");
}

#[test]
fn nodes_and_constants_are_bounded() {
    let chain = |count: usize| -> Vec<Vec<u8>> {
        let name = |i: usize| if i == 0 { "image".to_owned() } else { format!("a{i}") };
        (0..count).map(|i| node("Neg", &[&name(i)], &[&name(i + 1)])).collect()
    };
    let many = hostile::encoder(18, chain(200_000), &[], "a200000");
    refused(hostile::pack(Some(&many)).path(), &["graph encoder", "has more than 50000 nodes"]);
    let constants: Vec<_> = (0..300_000).map(|i| floats(&format!("w{i}"), &[1.0])).collect();
    let many = hostile::encoder(18, chain(1), &constants, "a1");
    refused(hostile::pack(Some(&many)).path(), &["graph encoder", "has more than 20000 constants"]);
    // In a branch of a branch they count as well.
    let inner = branch("then_branch", &chain(60_000), "a60000");
    let nested = branch("then_branch", &[node_with("If", &["c"], &["b"], &[inner])], "b");
    let many = hostile::encoder(18, vec![node_with("If", &["c"], &["x"], &[nested])], &[], "x");
    refused(hostile::pack(Some(&many)).path(), &["has more than 50000 nodes"]);
    let calls: Vec<_> = (0..5000).map(|i| node_of(DOMAIN, "f0", &["image"], &[&format!("c{i}")])).collect();
    let tenfold = [("f0", (0..10).map(|_| node("Neg", &["x"], &["y"])).collect())];
    let many = extended(&hostile::encoder(18, calls, &[], "c0"), DOMAIN, &tenfold);
    refused(hostile::pack(Some(&many)).path(), &["has 55004 nodes", "expected 50000 at most"]);
    let names = vec!["image"; 1_100_000];
    let many = hostile::encoder(18, vec![node("Sum", &names, &["x"])], &[], "x");
    refused(hostile::pack(Some(&many)).path(), &["names of inputs and outputs", "expected 1000000 at most"]);
    let most = usize::try_from(estimate::MOST_NODES).expect("fits") - 4;
    inspect(&hostile::encoder(18, chain(most), &[], &format!("a{most}"))).expect("as many as may be");
}

#[test]
fn results_that_double_are_refused() {
    // From what nobody knows the size of, from a constant, in a function, and in a branch.
    let words = ["graph encoder", "of Concat", "at most 4096 times"];
    refused(hostile::pack(Some(&hostile::encoder(18, doubling(16, "image", "x"), &[], "x"))).path(), &words);
    let constant = hostile::encoder(18, doubling(40, "w", "x"), &[floats("w", &[1.0; 64])], "x");
    refused(hostile::pack(Some(&constant)).path(), &["needs 17179869184 bytes for x26 of Concat"]);
    // Each is small enough, and all of them are computed when the graph is loaded.
    let many: Vec<_> = (0..40)
        .map(|i| {
            node("ConstantOfShape", &["n"], &[if i == 39 { "x".into() } else { format!("c{i}") }.as_str()])
        })
        .collect();
    let many = hostile::encoder(18, many, &[integers("n", &[1 << 28])], "x");
    refused(
        hostile::pack(Some(&many)).path(),
        &["more than 17179869184 bytes for results that are computed on loading"],
    );
    let functions =
        doubling_functions(8, vec![node_with("Concat", &["x", "x"], &["y"], &[integer("axis", 0)])]);
    refused(hostile::pack(Some(&functions)).path(), &words);
    let choice = branch("then_branch", &doubling(20, "image", "b"), "b");
    let branched = hostile::encoder(18, vec![node_with("If", &["c"], &["x"], &[choice])], &[], "x");
    refused(hostile::pack(Some(&branched)).path(), &words);
    // Where the size is known it is told in bytes.
    let outputs =
        [("f2", FLOAT, &[-1][..]), ("f4", FLOAT, &[-1]), ("f8", FLOAT, &[-1]), ("key", FLOAT, &[-1])];
    let mut nodes = doubling(14, "image", "x");
    nodes.extend(outputs.map(|o| node("Identity", &["x"], &[o.0])));
    let sized = declared(&nodes, &[], &[("image", FLOAT, &[1, 3, 288, 384])], &outputs);
    // 2^13 times 1,327,104 bytes.
    let words = ["needs 10871635968 bytes for x13 of Concat", "expected at most 8589934592"];
    refused(hostile::pack(Some(&sized)).path(), &words);
}

#[test]
fn results_that_grow_otherwise_are_refused() {
    let model = |nodes: Vec<Vec<u8>>, constants: &[Vec<u8>]| hostile::encoder(18, nodes, constants, "x");
    let whole = |name: &str, values: &[i64]| integers(name, values);
    let side = 1 << 15;
    let cases = [
        // As many as a constant says.
        model(vec![node("ConstantOfShape", &["n"], &["x"])], &[whole("n", &[1 << 45])]),
        model(vec![node("Expand", &["image", "n"], &["x"])], &[whole("n", &[side, side, side, 1])]),
        model(vec![node("Tile", &["w", "n"], &["x"])], &[floats("w", &[1.0; 9]), whole("n", &[1 << 40])]),
        model(
            vec![node("Range", &["from", "to", "step"], &["x"])],
            &[whole("from", &[0]), whole("to", &[1 << 45]), whole("step", &[1])],
        ),
        model(
            vec![node("Resize", &["image", "", "", "n"], &["x"])],
            &[whole("n", &[1, 3, 1 << 20, 1 << 20])],
        ),
        // A shape that is put together and taken apart.
        model(
            vec![
                node("Gather", &["n", "places"], &["some"]),
                node_with("Concat", &["some", "n"], &["all"], &[integer("axis", 0)]),
                node("Identity", &["all"], &["shape"]),
                node("ConstantOfShape", &["shape"], &["x"]),
            ],
            &[whole("n", &[7, 1 << 20]), whole("places", &[-1, 1])],
        ),
        // A number beside itself in two directions.
        model(
            vec![
                node("ConstantOfShape", &["n"], &["a"]),
                node("Unsqueeze", &["a", "first"], &["row"]),
                node("Unsqueeze", &["a", "last"], &["column"]),
                node("Mul", &["row", "column"], &["x"]),
            ],
            &[whole("n", &[1 << 20]), whole("first", &[0]), whole("last", &[1])],
        ),
        model(
            vec![
                node("ConstantOfShape", &["n"], &["a"]),
                node("Reshape", &["a", "up"], &["column"]),
                node("Reshape", &["a", "down"], &["row"]),
                node("MatMul", &["column", "row"], &["x"]),
            ],
            &[whole("n", &[1 << 20]), whole("up", &[-1, 1]), whole("down", &[1, -1])],
        ),
        // Twice the size with each node.
        model(
            (0..20)
                .map(|i| node("Resize", &[&format!("r{i}"), "", "scales"], &[&format!("r{}", i + 1)]))
                .chain([node("Identity", &["r20"], &["x"])])
                .collect(),
            &[floats("scales", &[1.0, 1.0, 2.0, 2.0])],
        ),
        // One number in a thousand million million.
        with_more(
            &["f2", "f4", "f8", "key"].map(|o| node("Identity", &["s"], &[o])),
            &sparse("s", &[1 << 25, 1 << 25]),
            &["image"],
            &["f2", "f4", "f8", "key"],
        ),
    ];
    for (i, model) in cases.iter().enumerate() {
        let fault = inspect(model).err().unwrap_or_else(|| panic!("case {i} is not refused"));
        let reason = fault.to_string();
        assert!(reason.starts_with("needs ") || reason.starts_with("makes "), "case {i}: {reason}");
        refused(hostile::pack(Some(model)).path(), &["graph encoder", "at most"]);
    }
}

#[test]
fn what_models_do_is_not_refused() {
    // Nothing is said of what cannot be known: this is as large as its input.
    let unknown = vec![
        node("Shape", &["image"], &["shape"]),
        node("Mul", &["shape", "shape"], &["square"]),
        node("Expand", &["image", "square"], &["x"]),
    ];
    inspect(&graph(18, &unknown, &[], &["image"], &["x"])).expect("whatever it does");
    // Eight results of one size side by side, again and again with something between that nobody looks into.
    let mut nodes = Vec::new();
    for i in 0..40 {
        let (from, wide, to) = (format!("a{i}"), format!("b{i}"), format!("a{}", i + 1));
        nodes.push(node_with("Concat", &[from.as_str(); 8], &[&wide], &[integer("axis", 1)]));
        nodes.push(node("Conv", &[&wide, "w"], &[&to]));
    }
    inspect(&graph(18, &nodes, &[floats("w", &[1.0])], &["a0"], &["a40"])).expect("a network");
    // Empty lists are no large ones.
    let empty = vec![node("Expand", &["image", "none"], &["x"])];
    inspect(&graph(18, &empty, &[integers("none", &[])], &["image"], &["x"])).expect("a network");
    for name in ["encoder", "memory", "prompter", "tracker"] {
        let bytes = std::fs::read(hostile::shipped().join(format!("{name}.onnx"))).expect("it ships");
        inspect(&bytes).expect(name);
    }
}
