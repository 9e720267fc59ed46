// Peers of the coordinator, measured on one PostgreSQL and one Redis in one run.
//   pickup   ms from "about to submit" to "the waiting worker has it", one job at a time (idle system)
//   drain    jobs/s to take and finish JOBS jobs that wait already
//   flow     jobs/s to submit (64 at a time) and finish JOBS jobs
// usage: bench.mjs [floor|bullmq|graphile|graphile-batched|pgboss ...]
// env: PG_URL, REDIS_PORT, JOBS (5000), PICKUPS (400), LOCAL_QUEUE (500), COMPLETE_DELAY (0)
import pg from 'pg';
import Redis from 'ioredis';

const PG_URL = process.env.PG_URL ?? 'postgres://postgres@127.0.0.1:5432/postgres';
const redis = { host: '127.0.0.1', port: Number(process.env.REDIS_PORT ?? 6379), maxRetriesPerRequest: null };
const JOBS = Number(process.env.JOBS ?? 5000), PICKUPS = Number(process.env.PICKUPS ?? 400);
const IN_FLIGHT = 64; // submissions at a time
// graphile-batched: jobs fetched at once, and ms that completions wait for others
const LOCAL_QUEUE = Number(process.env.LOCAL_QUEUE ?? 500), COMPLETE_DELAY = Number(process.env.COMPLETE_DELAY ?? 0);
const now = () => performance.now();
const sleep = ms => new Promise(r => setTimeout(r, ms));
const gate = () => { let open; const p = new Promise(r => (open = r)); return { p, open }; };
function quantiles(ms) {
  ms.sort((a, b) => a - b);
  const q = p => ms[Math.min(ms.length - 1, Math.floor(p * ms.length))].toFixed(2);
  return { p50: q(0.5), p95: q(0.95), p99: q(0.99), max: ms.at(-1).toFixed(2) };
}
async function pickups(submit, arrivals) {
  const ms = [];
  for (let i = 0; i < PICKUPS + 50; i++) {
    const g = gate(); arrivals.set(String(i), g.open);
    const t = now(); await submit(i); await g.p;
    if (i >= 50) ms.push(now() - t);
    await sleep(5);
  }
  return quantiles(ms);
}
async function inFlight(n, width, f) {
  let i = 0;
  await Promise.all(Array.from({ length: width }, async () => { while (i < n) await f(i++); }));
}
const rate = (n, t) => Math.round(n / ((now() - t) / 1000));

// graphile-worker with these options of its preset. A job is finished when its row is gone: with batched completions its
// event job:complete comes before that is committed.
async function graphile(worker, { batched = false } = {}) {
  const { run, makeWorkerUtils, Logger } = await import('graphile-worker');
  const logger = new Logger(() => () => {});
  const u = await makeWorkerUtils({ connectionString: PG_URL, logger }); await u.migrate();
  await u.withPgClient(c => c.query('delete from graphile_worker._private_jobs'));
  const arrivals = new Map(); let done = 0, finished = gate();
  const start = () => run({
    preset: { worker: { connectionString: PG_URL, ...worker } }, logger, noHandleSignals: true,
    taskList: { t: async p => { arrivals.get(p.i)?.(); if (p.i === undefined && ++done === JOBS) finished.open(); } },
  });
  const allGone = async () => {
    while ((await u.withPgClient(c => c.query('select from graphile_worker._private_jobs limit 1'))).rowCount) await sleep(1);
  };
  const timed = async submit => {
    // what autovacuum does sooner or later: without it the same run is ten times slower or not, by chance
    await u.withPgClient(c => c.query('vacuum analyze graphile_worker._private_jobs'));
    done = 0; finished = gate(); const t = now();
    await submit(); await finished.p; await allGone();
    return rate(JOBS, t);
  };
  const addMany = n => u.addJobs(Array.from({ length: n }, () => ({ identifier: 't', payload: {} })));
  let r = await start();
  const pickup = await pickups(i => u.addJob('t', { i: String(i) }), arrivals);
  await r.stop();
  for (let i = 0; i < JOBS; i += 1000) await addMany(Math.min(1000, JOBS - i));
  const drain = await timed(async () => { r = await start(); });
  const flow = await timed(() => inFlight(JOBS, IN_FLIGHT, () => u.addJob('t', {})));
  const result = { pickup, 'drain/s': drain, 'flow/s': flow, durability: 'PostgreSQL commit' };
  if (batched) {
    const calls = Math.ceil(JOBS / IN_FLIGHT);
    result['flow/s, submitted in batches'] = await timed(
      () => inFlight(calls, 1, i => addMany(Math.min(IN_FLIGHT, JOBS - i * IN_FLIGHT))));
    result.settings = { 'localQueue.size': LOCAL_QUEUE, completeJobBatchDelay: COMPLETE_DELAY };
  }
  await r.stop(); await u.release();
  return result;
}

const peers = {
  // what physics asks for: one durable commit (submitted), one Redis stream entry that wakes a blocked reader, and one
  // more durable commit (claimed)
  async floor() {
    const pool = new pg.Pool({ connectionString: PG_URL, max: 8 });
    await pool.query('drop table if exists floor_task; create table floor_task(id bigserial primary key, state text, payload jsonb)');
    const out = new Redis(redis), inn = new Redis(redis);
    await out.del('floor'); await out.xgroup('CREATE', 'floor', 'g', '0', 'MKSTREAM');
    const arrivals = new Map(); let stop = false;
    const reader = (async () => {
      while (!stop) {
        const r = await inn.xreadgroup('GROUP', 'g', 'c', 'COUNT', 64, 'BLOCK', 500, 'STREAMS', 'floor', '>');
        for (const [, f] of r?.[0]?.[1] ?? []) {
          await pool.query("update floor_task set state='CLAIMED' where id=$1 and state='QUEUED'", [f[1]]);
          arrivals.get(f[3])?.();
        }
      }
    })();
    const pickup = await pickups(async i => {
      const { rows } = await pool.query("insert into floor_task(state,payload) values('QUEUED',$1) returning id", [{ i }]);
      await out.xadd('floor', '*', 'id', rows[0].id, 'i', String(i));
    }, arrivals);
    stop = true; await reader;
    let t = now();
    await inFlight(JOBS, IN_FLIGHT, () => pool.query("insert into floor_task(state,payload) values('QUEUED','{}')"));
    const inserts = rate(JOBS, t);
    t = now();
    await inFlight(JOBS, IN_FLIGHT, () => pool.query("update floor_task set state='CLAIMED' where id=(select id from floor_task where state='QUEUED' order by id for update skip locked limit 1)"));
    const claims = rate(JOBS, t);
    await pool.query('drop table floor_task'); await pool.end(); out.disconnect(); inn.disconnect();
    return { pickup, 'single-row inserts/s': inserts, 'single-row claims/s': claims };
  },
  async bullmq() {
    const { Queue, Worker } = await import('bullmq');
    const arrivals = new Map(); let done = 0, finished = gate();
    const q = new Queue('peer', { connection: redis }); await q.obliterate({ force: true });
    const mk = () => new Worker('peer', async j => { arrivals.get(String(j.data.i))?.(); }, { connection: redis, concurrency: 24 });
    let w = mk(); await w.waitUntilReady();
    const pickup = await pickups(i => q.add('j', { i }, { removeOnComplete: true }), arrivals);
    await w.close();
    for (let i = 0; i < JOBS; i += 500) await q.addBulk(Array.from({ length: 500 }, (_, k) => ({ name: 'j', data: { i: 'd' + (i + k) }, opts: { removeOnComplete: true } })));
    let t = now(); w = mk(); w.on('completed', () => { if (++done === JOBS) finished.open(); }); await finished.p;
    const drain = rate(JOBS, t);
    done = 0; finished = gate(); t = now();
    await inFlight(JOBS, IN_FLIGHT, i => q.add('j', { i: 'f' + i }, { removeOnComplete: true })); await finished.p;
    const flow = rate(JOBS, t);
    await w.close(); await q.obliterate({ force: true }); await q.close();
    return { pickup, 'drain/s': drain, 'flow/s': flow, durability: 'Redis only, as the server is configured' };
  },
  // one statement a job: as it comes
  graphile: () => graphile({ concurrentJobs: 24, maxPoolSize: 12 }),
  // with its own batching: jobs are fetched into a local queue and their completions written together
  'graphile-batched': () => graphile({
    concurrentJobs: 24, maxPoolSize: 12, localQueue: { size: LOCAL_QUEUE },
    completeJobBatchDelay: COMPLETE_DELAY, failJobBatchDelay: COMPLETE_DELAY,
  }, { batched: true }),
  async pgboss() {
    const { PgBoss } = await import('pg-boss');
    const b = new PgBoss({ connectionString: PG_URL, max: 12 }); b.on('error', () => {}); await b.start(); await b.createQueue('peer');
    const arrivals = new Map(); let done = 0, finished = gate();
    await b.work('peer', { pollingIntervalSeconds: 0.5, batchSize: 24 }, async jobs => { for (const j of jobs) { arrivals.get(String(j.data.i))?.(); if (j.data.i === undefined && ++done === JOBS) finished.open(); } });
    const ms = []; for (let i = 0; i < 30; i++) { const g = gate(); arrivals.set(String(i), g.open); const t = now(); await b.send('peer', { i }); await g.p; ms.push(now() - t); }
    await b.stop({ graceful: false });
    return { pickup: quantiles(ms), durability: 'PostgreSQL commit; polls' };
  },
};
const wanted = process.argv.slice(2).length ? process.argv.slice(2) : Object.keys(peers);
for (const name of wanted) console.log(JSON.stringify({ peer: name, ...(await peers[name]()) }));
process.exit(0);
