/** The panel as a widget. */

import { beside } from "./engines.js";
import { mountLive } from "./live.js";

export default beside(mountLive);
