/* Kith's own script: only what makes a page nicer. Every page works without it. */
(() => {
  "use strict";
  const find = (selector, root = document) => root.querySelector(selector);
  const findAll = (selector, root = document) => [...root.querySelectorAll(selector)];
  const model = () => find("#toast-model");

  /* What only a script can do is hidden until there is one. */
  const wakes = `[data-dismiss],[data-wake]${navigator.clipboard ? ",[data-copy]" : ""}`;
  const wake = (root) => findAll(wakes, root).forEach((each) => { each.hidden = false; });

  const open = (id) => {
    const dialog = document.getElementById(id);
    dialog?.open || dialog?.showModal();
    return dialog;
  };

  const failed = () => {
    const card = model().content.cloneNode(true);
    find("p", card).textContent = model().dataset.failed;
    wake(card);
    find("[data-toasts]").append(card);
  };

  const copy = async ({ dataset, lastElementChild: words }) => {
    const before = words.textContent;
    await navigator.clipboard.writeText(dataset.copy);
    words.textContent = dataset.copied;
    setTimeout(() => { words.textContent = before; }, 2000);
  };

  /* Tabs that lead to parts of the same page show one part at a time. */
  const show = (tabs, hash) => {
    const links = findAll("a[href^='#']", tabs);
    const chosen = links.find((link) => link.hash === hash) || links[0];
    links.forEach((link) => {
      find(link.hash).hidden = link !== chosen;
      link.removeAttribute("aria-current");
    });
    chosen.setAttribute("aria-current", "true");
  };

  document.addEventListener("click", (event) => {
    const on = (selector) => event.target.closest(selector);
    const opener = on("[data-dialog]"), tab = on("[data-parts] a"), button = on("[data-copy]");
    if (opener ? open(opener.dataset.dialog) : tab) event.preventDefault();
    if (tab) show(tab.closest(".tabs"), tab.hash);
    if (button) copy(button);
    if (on("[data-dismiss]")) on(".toast").remove();
    if (event.target.matches("dialog")) event.target.close();
  });

  document.addEventListener("keydown", (event) => {
    const { key, target, ctrlKey, metaKey, altKey } = event;
    if (ctrlKey || metaKey || altKey || target.closest("input,textarea,select,dialog")) return;
    const search = findAll("[data-search]").find((each) => each.offsetParent);
    if (key === "?") open("help");
    else if (key === "/" && search) search.matches("a") ? search.click() : search.focus();
    else return;
    event.preventDefault();
  });

  ["htmx:response:error", "htmx:error"].forEach((name) => document.addEventListener(name, failed));
  document.addEventListener("htmx:after:swap", () => wake(document));

  wake(document);
  findAll("[data-parts]").forEach((tabs) => show(tabs, location.hash));
  find("[data-autofocus]")?.focus();
})();
