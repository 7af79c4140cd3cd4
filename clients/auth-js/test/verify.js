// Verifies one request for the gateway's tests: { options, headers } from the file named, and the answer on standard output.
import { readFileSync } from "node:fs";
import { sessiongate } from "../index.js";

const { options, headers } = JSON.parse(readFileSync(process.argv[2], "utf8"));
const answer = await sessiongate(options)
  .verify(headers)
  .catch((error) => ({ code: error.code ?? String(error) }));
console.log(JSON.stringify(answer));
