// What is heard of an answer: one high tone for right, two for a second look, a low one for stop, a soft one for what is kept here.
const TONES = { ok: [[1320, 90]], warn: [[880, 90], [880, 90]], stop: [[220, 180], [220, 180]], wait: [[660, 90]] };
const PAUSE_MS = 60;
let sound = null;

// The first tone makes what sounds. At a scanner's first key it would come too early: it takes a while, and the next keys would be late.
export function play(outcome) {
  if (!TONES[outcome]) return;
  sound ??= new AudioContext();
  let at = sound.currentTime;
  for (const [hertz, ms] of TONES[outcome]) {
    const tone = sound.createOscillator();
    const loudness = sound.createGain();
    tone.frequency.value = hertz;
    loudness.gain.value = 0.2;
    tone.connect(loudness).connect(sound.destination);
    tone.start(at);
    tone.stop(at + ms / 1000);
    at += (ms + PAUSE_MS) / 1000;
  }
}
