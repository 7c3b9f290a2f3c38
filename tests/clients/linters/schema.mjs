// Holds each file against the official JSON Schema of its version of OpenAPI (spec.openapis.org/oas/3.0/schema and
// 3.1/schema), which @seriousme/openapi-schema-validator carries. Ends with 1 when one of them does not fit.
import { readFileSync } from "node:fs";
import { Validator } from "@seriousme/openapi-schema-validator";

for (const file of process.argv.slice(2)) {
  const { valid, errors } = await new Validator().validate(JSON.parse(readFileSync(file, "utf8")));
  if (!valid) {
    console.log(`${file}: ${JSON.stringify(errors, null, 1)}`);
    process.exitCode = 1;
  }
}
