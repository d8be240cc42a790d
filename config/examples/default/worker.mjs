// Does a piece of work every second, and crashes now and then: about once a minute, never at a time anybody could foresee.
const CRASH_EVERY = Number(process.env.CRASH_EVERY ?? 60);
let done = 0;

const work = setInterval(() => {
  done += 1;
  if (Math.random() < 1 / CRASH_EVERY) throw new Error(`out of luck after ${done} pieces of work`);
  if (done % 10 === 0) console.log(`${done} pieces of work done`);
}, 1000);

process.on('SIGTERM', () => {
  console.log(`stopping after ${done} pieces of work`);
  clearInterval(work);
});
console.log(`worker ${process.env.SUPERVISOR_PROCESS_NAME ?? ''} ready`);
