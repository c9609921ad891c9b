// Test tool: counts in `window.__lies` the moments at which a page has said live for a second, and nothing was heard
// for two. A page whose own thread stood still can neither say anything new nor be judged by what it has recorded.
const PERIOD_MS = 250;
const LIE_MS = 1000;
const LATE_MS = 2 * PERIOD_MS; // a look that comes later than this after the one before tells of a standstill
const LAG_S = 0.25; // sound that was played is in the record after one block of 43 ms, unless this page is busy

class Honesty {
  constructor(silence) {
    this.silence = silence;
    this.before = this.since = NaN;
  }

  // One look, at `now` in milliseconds: what the page says, how loud the newest second in the record is, and by how
  // many seconds the record is behind the audio clock. Returns whether the page lies.
  look(now, state, loudness, lag) {
    const judged = now - this.before <= LATE_MS && lag <= LAG_S;
    this.before = now;
    if (!judged || state !== "live" || !(loudness < this.silence)) this.since = NaN;
    else if (Number.isNaN(this.since)) this.since = now;
    return now - this.since >= LIE_MS;
  }
}

function watchHonesty(silence) {
  const honesty = new Honesty(silence);
  window.__lies = 0;
  setInterval(() => {
    const { state } = document.querySelector("[data-testid=state]").dataset;
    const lag = window.__heard.clock() - window.__heard.end;
    if (honesty.look(performance.now(), state, window.__loudness(1) ?? NaN, lag)) window.__lies += 1;
  }, PERIOD_MS);
}
