/** The waveform panel as a widget. */

import { beside } from "./engines.js";
import { mountWaveform } from "./zoom.js";

export default beside(mountWaveform);
