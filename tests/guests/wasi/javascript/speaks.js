// A check in JavaScript, built with every feature that its toolchain has: what its option `do` says.

const DESCRIPTOR = {
  name: "speaks",
  version: "0.1.0",
  summary: "a test",
  options: [{ key: "do", type: "text", help: "what it does" }],
};

const acts = {
  print() {
    console.log("to standard output");
    console.error("to standard error");
    return "printed";
  },
  time: () => String(Date.now()),
  random: () => String(Math.random()),
  uuid: () => crypto.randomUUID(),
  async sleep() {
    const begun = Date.now();
    await new Promise((done) => setTimeout(done, 300));
    return `slept ${Date.now() - begun} ms`;
  },
  "sleep forever": () => new Promise((done) => setTimeout(done, 1e8)),
  throw() {
    return undefined.nothing;
  },
  async fetch() {
    const response = await fetch("http://127.0.0.1:9/");
    return `status ${response.status}`;
  },
  async attempts() {
    const ways = {
      random: () => crypto.getRandomValues(new Uint8Array(1 << 20)),
      http: () => fetch("http://127.0.0.1:9/"),
    };
    const done = [];
    for (const [name, way] of Object.entries(ways)) {
      try {
        await way();
        done.push(name);
      } catch (error) {
        console.error(`${name}: ${error.message}`);
      }
    }
    return done.join(" ");
  },
  flood() {
    for (let number = 0; number < 1000000; number++) console.log(`line ${number}`);
    return "flooded";
  },
};

export const guest = {
  // What it sees of the host meanwhile, for whoever inspects it.
  describe: () => JSON.stringify({ ...DESCRIPTOR, summary: `clock ${Date.now()}` }),
  validate: () => "{}",
  async run(config) {
    const summary = await acts[JSON.parse(config).do]();
    return { status: "ok", summary, details: [], subchecks: [], metrics: [], extra: [] };
  },
};
