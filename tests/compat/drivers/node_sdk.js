// The SDK for Node, one call a line: reads [service, method, request, wait] as JSON, answers {"answer"} or {"error"}.
// Lists are read to their end. With `wait` the SDK waits in its own way until the thing is ready.
"use strict";

const readline = require("node:readline");
const {WorkspaceClient} = require("@databricks/sdk-experimental");

const client = new WorkspaceClient({});

async function call([service, method, request, wait]) {
    const answer = await (request ? client[service][method](request) : client[service][method]());
    if (answer && answer[Symbol.asyncIterator]) {
        const all = [];
        for await (const each of answer) {
            all.push(each);
        }
        return all;
    }
    return wait ? await answer.wait() : answer;
}

async function main() {
    for await (const line of readline.createInterface({input: process.stdin})) {
        let told;
        try {
            told = {answer: await call(JSON.parse(line))};
        } catch (error) {
            told = {error: String(error.message), code: error.errorCode, status: error.statusCode};
        }
        console.log(JSON.stringify(told));
    }
}

main();
