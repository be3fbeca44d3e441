/** The typefaces; on slow lines the system's own do. */

import "@fontsource-variable/public-sans";
import "@fontsource-variable/source-serif-4";
