import assert from "node:assert/strict";
import { test } from "node:test";
import { UPTIME, WHO, problems, run } from "../check.js";

const LISTED = "root     pts/0   2026-05-01 10:00\nanna     tty1    2026-05-01 11:00\nroot     pts/1\n";

// A host that has this one file and command.
const host = {
  read: (path) => (path === UPTIME ? "350735.47 234388.90\n" : assert.fail(`denied: ${path}`)),
  run: (argv) => (argv.join() === WHO.join() ? LISTED : assert.fail(`denied: ${argv}`)),
};

test("sessions are counted for each user", () => {
  const outcome = run(host, {});
  assert.equal(outcome.summary, "2 users are logged in");
  assert.deepEqual(outcome.metrics.map((metric) => metric.value), [2, 1, 350735.47]);
  assert.equal(run(host, { ignore: ["root"] }).summary, "1 users are logged in");
});

test("what is no number is an error", () => {
  assert.throws(() => run({ ...host, read: () => "soon" }, {}), /"soon" is not a number|is not a number/);
});

test("options are judged", () => {
  assert.deepEqual(problems({}), []);
  assert.equal(problems({ ignore: 1 })[0].key, "ignore");
  assert.equal(problems({ ignored: [] })[0].key, "ignored");
});
