/** Prints what the page says to the kernel on a journey with a bit of everything. */

import { Journey } from "./journey.mjs";
import { fresh } from "./page.mjs";
import { RATE } from "./sound.mjs";

fresh();
const journey = new Journey({
  1: { frames: 20000, rate_hz: RATE, channels: 2 },
  2: { frames: 6000, rate_hz: RATE, channels: 1 },
});
const spoken = [];
const take = journey.take.bind(journey);
journey.take = (message) => {
  spoken.push(message);
  take(message);
};
const { engine } = journey;
engine.play();
await journey.run(20);
engine.setCompare(true);
await journey.run(40);
engine.setLane("original");
engine.pause();
await journey.run(10);
engine.play();
engine.setRate(1.5);
engine.setLoop(1000.4, 6000.7);
await journey.run(120);
engine.setLoop(null);
engine.seek(18000.3);
await journey.until("ended");
engine.play();
await journey.run(10);
engine.stop();
console.log(JSON.stringify(spoken));
