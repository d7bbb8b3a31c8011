/** The panel as a widget. */

import { beside } from "./engines.js";
import { mountHealth } from "./health.js";

export default beside(mountHealth);
