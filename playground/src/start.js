// Runs before everything else. It is not a module and uses old JavaScript only, so that old browsers run it: it says in
// one sentence why a browser cannot show the page. Otherwise it starts the worker, which then loads the plugin while the
// page itself is still being loaded.
(function () {
  var missing = [];
  if (location.protocol === "file:") missing.push("a web server: it cannot run from a file");
  if (RUNS_PLUGINS && typeof WebAssembly !== "object") missing.push("WebAssembly");
  if (typeof Worker !== "function") missing.push("Web Workers");
  if (typeof DecompressionStream !== "function") missing.push("compression streams");
  if (typeof ResizeObserver !== "function") missing.push("ResizeObserver");
  if (!("noModule" in document.createElement("script"))) missing.push("JavaScript modules");
  if (!window.CSS || !CSS.supports || !CSS.supports("color", "light-dark(red, blue)")) {
    missing.push("the CSS function light-dark()");
  }
  if (missing.length === 0) {
    window.playgroundWorker = new Worker(WORKER, { type: "module" });
    return;
  }
  window.playgroundCannotRun = true;
  document.getElementById("app").textContent =
    "This page needs " + missing.join(", ") + "; use a current version of Chrome, Edge, Firefox or Safari.";
})();
