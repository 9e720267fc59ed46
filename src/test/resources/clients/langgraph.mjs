// A small agent of LangGraph.js: the fabric's tools by the official adapter, and a model that speaks OpenAI's API.
//   S2_URL=… S2_TOKEN=… node langgraph.mjs <address of the model>
import { MultiServerMCPClient } from '@langchain/mcp-adapters';
import { createReactAgent } from '@langchain/langgraph/prebuilt';
import { ChatOpenAI } from '@langchain/openai';

const fabric = new MultiServerMCPClient({
    mcpServers: {
        s2: {
            transport: 'http',
            url: `${process.env.S2_URL}/gateway/mcp`,
            headers: { Authorization: `Bearer ${process.env.S2_TOKEN}` },
        },
    },
});
const llm = new ChatOpenAI({ model: 'scripted', apiKey: 'any', configuration: { baseURL: `${process.argv[2]}/v1` } });
const agent = createReactAgent({ llm, tools: await fabric.getTools() });
const { messages } = await agent.invoke({ messages: [{ role: 'user', content: 'Work for the swarm.' }] });
process.stdout.write(`${messages.at(-1).content}\n`);
await fabric.close();
