// Calls models through the fabric with the official SDKs, unchanged: only their base URL and key are ours.
//   node stream.mjs <fabric> <token of a session>
import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';

const [fabric, token] = process.argv.slice(2);
const through = (provider) => `${fabric}/bulkhead/providers/${provider}/call`;
const same = (what, got, expected) => {
    if (JSON.stringify(got) !== JSON.stringify(expected)) {
        throw new Error(`${what}: ${JSON.stringify(got)}, not ${JSON.stringify(expected)}`);
    }
};
const messages = [{ role: 'user', content: 'Say hello.' }];

const anthropic = new Anthropic({ baseURL: through('claude'), apiKey: token, maxRetries: 0 });
const claude = { model: 'claude-sonnet-5', max_tokens: 100, messages };
const stream = anthropic.messages.stream(claude);
let words = '';
stream.on('text', (text) => { words += text; });
const final = await stream.finalMessage();
same('words of a streamed message', words, 'Hello, wörld.');
same('usage of a streamed message', final.usage.output_tokens, 500);
same('a plain message', (await anthropic.messages.create(claude)).content[0].text, 'Hello, wörld.');

const openai = new OpenAI({ baseURL: through('gpt') + '/v1', apiKey: token, maxRetries: 0 });
const gpt = { model: 'gpt-4o', messages };
const chunks = [];
for await (const chunk of await openai.chat.completions.create({ ...gpt, stream: true })) {
    chunks.push(chunk);
}
same('words of a chat', chunks.map((chunk) => chunk.choices[0].delta.content).join(''), 'Hello there');
same('chunks that the client did not ask for', chunks.filter((chunk) => chunk.usage || !chunk.choices.length), []);
const asked = [];
for await (const chunk of await openai.chat.completions.create(
    { ...gpt, stream: true, stream_options: { include_usage: true } })) {
    asked.push(chunk);
}
same('usage that the client asked for', asked.at(-1).usage.completion_tokens, 250);
same('a plain chat', (await openai.chat.completions.create(gpt)).choices[0].message.content, 'Hello there');
let response = '';
for await (const event of await openai.responses.create({ model: 'gpt-4o', input: 'Say hello.', stream: true })) {
    response += event.type === 'response.output_text.delta' ? event.delta : '';
}
same('words of a response', response, 'Hello there');

try {
    await new Anthropic({ baseURL: through('nobody'), apiKey: token, maxRetries: 0 }).messages.create(claude);
    throw new Error('a provider that nobody has set up answered');
} catch (refused) {
    same('status of a refusal', refused.status, 404);
    same('type of a refusal', typeof refused.error?.error?.message, 'string');
}
console.log('streamed');
