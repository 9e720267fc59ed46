// Makes github.jsonl and signatures.jsonl beside it, with signatures by the libraries of others:
//   npm i @octokit/webhooks-examples@7.6.1 @octokit/webhooks-methods@6 standardwebhooks stripe svix && node make.mjs
// Payloads are GitHub's documented examples (@octokit/webhooks-examples, MIT, see ORIGIN.txt), without most of their URLs.
import { createRequire } from "node:module";
import { writeFileSync } from "node:fs";
import { generateKeyPairSync, sign as nodeSign, createHmac } from "node:crypto";
const require = createRequire(process.cwd() + "/");
const examples = require("@octokit/webhooks-examples");
const { sign } = await import(process.cwd() + "/node_modules/@octokit/webhooks-methods/dist-node/index.js");
const { Webhook } = require("standardwebhooks");
const svix = require("svix");
const Stripe = require("stripe");
const here = new URL(".", import.meta.url).pathname;
const WANTED = [["ping", 0], ["issues", "opened"], ["issues", "labeled"], ["issues", "edited"], ["pull_request", "closed"],
    ["pull_request", "opened"], ["check_suite", "completed"], ["check_run", "completed"], ["workflow_run", "completed"],
    ["workflow_job", "completed"], ["issue_comment", "created"], ["push", 0], ["create", 0], ["delete", 0], ["fork", 0],
    ["star", "created"], ["release", "published"], ["label", "created"], ["deployment_status", "created"], ["status", 0],
    ["milestone", "created"], ["pull_request_review", "submitted"]];
const trim = (key, value) => (key.endsWith("_url") && key !== "html_url" && key !== "avatar_url" ? undefined
    : key === "_links" || key === "permissions" || key === "avatar_url" ? undefined : value);
const secret = "It's a Secret to Everybody";
const lines = [];
let n = 0;
for (const [event, action] of WANTED) {
    const one = examples.find(e => e.name === event).examples.find(x => !action || x.action === action);
    const body = JSON.stringify(one, trim);
    lines.push(JSON.stringify({ event, delivery: `00000000-0000-4000-8000-${String(++n).padStart(12, "0")}`, secret,
        signature: await sign(secret, body), body }));
}
writeFileSync(here + "github.jsonl", lines.join("\n") + "\n");

const at = 1796000000; // seconds since 1970: the tests' clock
const out = [];
const whsec = "whsec_" + Buffer.from("0123456789abcdefghijklmnopqrstuv").toString("base64");
const standard = JSON.stringify({ type: "invoice.paid", timestamp: "2026-11-29T00:00:00Z", data: { id: "in_1", text: "Zürich ✓" } });
out.push({ by: "standardwebhooks", kind: "STANDARD", secret: whsec, body: standard, headers: { "webhook-id": "msg_1",
    "webhook-timestamp": String(at), "webhook-signature": new Webhook(whsec).sign("msg_1", new Date(at * 1000), standard) } });
out.push({ by: "svix", kind: "STANDARD", secret: whsec, body: standard, headers: { "svix-id": "msg_2",
    "svix-timestamp": String(at), "svix-signature": new svix.Webhook(whsec).sign("msg_2", new Date(at * 1000), standard) } });
const pair = generateKeyPairSync("ed25519");
const raw = pair.publicKey.export({ format: "der", type: "spki" }).subarray(12);
out.push({ by: "node:crypto", kind: "STANDARD", publicKey: "whpk_" + raw.toString("base64"), body: standard, headers: {
    "webhook-id": "msg_3", "webhook-timestamp": String(at),
    "webhook-signature": "v1a," + nodeSign(null, Buffer.from(`msg_3.${at}.${standard}`), pair.privateKey).toString("base64") } });
const stripe = new (Stripe.default ?? Stripe)("sk_test_none");
const paid = JSON.stringify({ id: "evt_1", object: "event", type: "checkout.session.completed", data: { object: { id: "cs_1" } } }, null, 2);
out.push({ by: "stripe", kind: "STRIPE", secret: "whsec_stripe_is_not_base64", body: paid, headers: { "stripe-signature":
    stripe.webhooks.generateTestHeaderString({ payload: paid, secret: "whsec_stripe_is_not_base64", timestamp: at }) } });
// Slack publishes no library that signs; this is its documented recipe.
const slack = JSON.stringify({ type: "event_callback", event_id: "Ev1", event: { type: "app_mention", text: "hello" } });
out.push({ by: "node:crypto, as api.slack.com/authentication/verifying-requests-from-slack says", kind: "SLACK", secret: "8f742231b10e8888abcd99yyyzzz85a5",
    body: slack, headers: { "x-slack-request-timestamp": String(at), "x-slack-signature":
    "v0=" + createHmac("sha256", "8f742231b10e8888abcd99yyyzzz85a5").update(`v0:${at}:${slack}`).digest("hex") } });
const ce = JSON.stringify({ specversion: "1.0", id: "A-1", source: "/ci", type: "build.done", data: {} });
out.push({ by: "standardwebhooks", kind: "CLOUDEVENTS", secret: whsec, body: ce, headers: { "content-type": "application/cloudevents+json",
    "webhook-id": "msg_4", "webhook-timestamp": String(at), "webhook-signature": new Webhook(whsec).sign("msg_4", new Date(at * 1000), ce) } });
writeFileSync(here + "signatures.jsonl", out.map(o => JSON.stringify(o)).join("\n") + "\n");
