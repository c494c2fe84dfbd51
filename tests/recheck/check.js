// Reads a JSON list of [source, flags] and prints one of {status, complexity, attack} in the same order.

const { checkSync } = require("recheck");

const judged = JSON.parse(require("fs").readFileSync(0, "utf-8")).map(([source, flags]) => {
  const found = checkSync(source, flags, { timeout: 30000, randomSeed: 1, maxNFASize: 100000, maxPatternSize: 10000, maxRepeatCount: 200, checker: process.env.CHECKER || "auto" });
  return {
    status: found.status,
    complexity: found.complexity ? found.complexity.summary : "",
    attack: found.attack ? found.attack.pattern : "",
    checker: found.checker,
    error: found.error ? `${found.error.kind} ${found.error.message || ""}` : "",
  };
});
process.stdout.write(JSON.stringify(judged));
