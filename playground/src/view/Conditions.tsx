import type { ComponentChildren } from "preact";
import type { Condition } from "../backend/backend";
import type { View } from "../worker/protocol";
import { Empty } from "./Empty";

/** The parent as `kubectl get` shows it, and its conditions. */
export function Conditions({ view, help }: { view: View; help: ComponentChildren }) {
  const conditions = view.answer.status?.conditions ?? [];
  return (
    <div class="conditions">
      <h2>kubectl get</h2>
      <div class="scroll" tabIndex={0} role="region" aria-label="Columns of kubectl get">
        <table class="get">
          <thead>
            <tr>
              {view.columns.map(({ name }) => (
                <th key={name} scope="col">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            <tr>
              {view.columns.map(({ name, value }) => (
                <td key={name}>{value || <span class="soft">–</span>}</td>
              ))}
            </tr>
          </tbody>
        </table>
      </div>
      <h2>Conditions</h2>
      {help}
      {conditions.length === 0 ? (
        <Empty title="No conditions">The plugin reports nothing about this object.</Empty>
      ) : (
        <ConditionTable conditions={conditions} />
      )}
    </div>
  );
}

/** Conditions as `kubectl describe` lists them. */
export function ConditionTable({ conditions }: { conditions: Condition[] }) {
  return (
    <table class="findings">
      <thead>
        <tr>
          <th scope="col">TYPE</th>
          <th scope="col">STATUS</th>
          <th scope="col">REASON</th>
          <th scope="col">MESSAGE</th>
        </tr>
      </thead>
      <tbody>
        {conditions.map(({ type, status, reason, message }) => (
          <tr key={type}>
            <th scope="row">{type}</th>
            <td class={`status ${status.toLowerCase()}`}>{status}</td>
            <td>{reason}</td>
            <td class="message">{message}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
