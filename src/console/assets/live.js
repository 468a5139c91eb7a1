// Keeps the overview fresh and copies a reply. Every page works without it.
"use strict";

const live = document.querySelector("[data-live]");
if (live) {
  const every = Number(live.dataset.every) || 5000;
  const refresh = async () => {
    // Nobody's hands are pulled away: not while the page is hidden, and not while somebody types or tabs within it.
    if (document.hidden || live.contains(document.activeElement)) return;
    try {
      const answer = await fetch(live.dataset.live, { credentials: "same-origin", redirect: "manual" });
      if (answer.type === "opaqueredirect") location.reload();
      else if (answer.ok) live.innerHTML = await answer.text();
    } catch {
      // The service restarts; the next round finds it again.
    }
  };
  setInterval(refresh, every);
}

for (const button of document.querySelectorAll("[data-copy]")) {
  const source = document.getElementById(button.dataset.copy);
  if (!source || !navigator.clipboard) continue;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(source.value);
    button.textContent = button.dataset.done;
  });
}
