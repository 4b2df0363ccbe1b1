// The worker of the page of `metawasm playground`: the host runs the plugins.

import type { Description } from "../backend/backend";
import { HostBackend } from "../backend/host";
import { answer } from "./answer";
import type { HostedQuestion, HostedReply } from "./hosted-protocol";
import { serve } from "./serve";
import { timeline } from "./timeline";

function ask(
  backend: HostBackend,
  description: Description,
  question: HostedQuestion,
  signal: AbortSignal,
): Promise<HostedReply> {
  return question.type === "simulate"
    ? timeline(backend, description, question, signal)
    : answer(backend, description, question, signal);
}

serve({ load: async () => new HostBackend(self.location.href), answer: ask });
