/** Takes the hub's webhooks: `WEBHOOK_SECRET=whsec_… PORT=8080 node examples/receive-webhooks.ts`. */
import { createServer } from 'node:http';
import { Webhook } from 'standardwebhooks';

const webhook = new Webhook(process.env.WEBHOOK_SECRET ?? '');
/** By record, the last change that was taken; a real receiver keeps it in its database, with its effect. */
const known = new Map<string, number>();

const server = createServer(async (request, response) => {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) text += chunk;
  try {
    webhook.verify(text, request.headers as Record<string, string>);
  } catch {
    response.writeHead(401).end();
    return;
  }
  const { type, subject, sequence, data } = JSON.parse(text);
  if (subject !== undefined && sequence > (known.get(subject) ?? 0)) {
    known.set(subject, sequence);
    console.log(type, subject, sequence, data.op, data.changed.join(','));
  }
  response.writeHead(204).end();
});
server.listen(Number(process.env.PORT ?? 8080), '127.0.0.1', () => console.log('Listening', server.address()));
