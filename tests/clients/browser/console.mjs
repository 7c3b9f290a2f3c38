/*
 * Opens consoles in a real browser and says what it saw: node console.mjs CHROMIUM < visits.json
 *
 * visits: [{"url", "operation", "fill": {name: value}, "without": "part of an address"}, …]. Of each: what the page lists, what
 * executing the operation (an operationId) showed, and everything that a user would not want: messages, failed requests, requests
 * to anybody else. `without` is a file that this visitor does not get.
 */
import { readFileSync } from "node:fs";
import { chromium } from "playwright-core";

const LIMIT = { timeout: 120_000 };

async function listed(page) {
  await page.locator(".opblock").first().waitFor(LIMIT);
  return page.locator(".opblock-summary [data-path]").evaluateAll((paths) => paths.map((path) => path.getAttribute("data-path")));
}

async function execute(page, id, fill) {
  const block = page.locator(`.opblock[id$="-${id}"]`);
  await block.locator(".opblock-summary-control").click(LIMIT);
  const parameters = block.locator("tr[data-param-name]");
  await parameters.first().waitFor(LIMIT);
  const names = await parameters.evaluateAll((rows) => rows.map((row) => row.getAttribute("data-param-name")));
  for (const [name, value] of Object.entries(fill)) {
    const row = block.locator(`tr[data-param-name="${name}"]`);
    if ((await row.locator("input").count()) === 0) {
      await row.locator("button.json-schema-form-item-add").click(LIMIT); // one that may stand several times
    }
    await row.locator("input").first().fill(value, LIMIT);
  }
  await block.locator("button.execute").click(LIMIT);
  const live = block.locator(".live-responses-table");
  await live.locator(".response-col_status").last().waitFor(LIMIT);
  return {
    parameters: names,
    curl: await block.locator(".curl-command").innerText(),
    url: await block.locator(".request-url pre").innerText(),
    status: (await live.locator("tbody .response-col_status").first().innerText()).trim(),
    body: await live.locator(".highlight-code pre").first().innerText(),
    headers: (await live.locator(".headerline").allInnerTexts()).join("\n"),
  };
}

async function visit(browser, { url, operation, fill = {}, without }) {
  const page = await browser.newPage({ locale: "fr-FR" });
  const said = [];
  const asked = [];
  page.on("console", (message) => ["error", "warning"].includes(message.type()) && said.push(`${message.type()}: ${message.text()}`));
  page.on("pageerror", (error) => said.push(`thrown: ${error}`));
  page.on("request", (request) => asked.push(request.url()));
  page.on("requestfailed", (request) => said.push(`failed: ${request.url()}`));
  if (without) {
    await page.route(`**${without}`, (route) => route.fulfill({ status: 404, contentType: "text/plain", body: "" }));
  }
  await page.goto(url, LIMIT);
  const seen = { title: await page.title(), said, asked };
  if (operation) {
    seen.listed = await listed(page);
    seen.done = await execute(page, operation, fill);
  } else {
    await page.locator(".notice:visible").first().waitFor(LIMIT);
  }
  seen.links = await page.locator("header a:visible").evaluateAll((links) => links.map((link) => link.href));
  seen.text = await page.locator("body").innerText();
  await page.close();
  return seen;
}

const browser = await chromium.launch({ executablePath: process.argv[2], args: ["--no-sandbox", "--disable-dev-shm-usage"] });
const results = [];
for (const one of JSON.parse(readFileSync(0, "utf8"))) {
  results.push(await visit(browser, one));
}
await browser.close();
console.log(JSON.stringify(results));
