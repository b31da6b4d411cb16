/* Asks the browser for a passkey and sends on what it answered. */
(() => {
  "use strict";
  const begin = async (place) => {
    const { startRegistration, startAuthentication } = window.SimpleWebAuthnBrowser;
    const options = { optionsJSON: JSON.parse(place.dataset.options) };
    const form = place.querySelector("form");
    try {
      const answer = place.dataset.passkey === "create"
        ? await startRegistration(options)
        : await startAuthentication(options);
      answer.extensions = JSON.stringify(answer.clientExtensionResults || {});
      form.elements.credential.value = JSON.stringify(answer);
      form.submit();
    } catch {
      place.querySelector("[data-passkey-says]").textContent = place.dataset.failed;
    }
  };
  const start = () => document.querySelectorAll("[data-passkey]").forEach(begin);
  document.readyState === "loading" ? document.addEventListener("DOMContentLoaded", start) : start();
})();
