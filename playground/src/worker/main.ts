// The worker of the static page: the Function plugin runs in it.

import { WasmBackend } from "../backend/wasm";
import { answer } from "./answer";
import { serve } from "./serve";

serve({ load: () => WasmBackend.load(), answer });
