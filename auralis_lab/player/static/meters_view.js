/** The panel as a widget. */

import { beside } from "./engines.js";
import { mountMeters } from "./meters.js";

export default beside(mountMeters);
