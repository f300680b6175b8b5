// System, light or dark: kept in the browser, applied to the page at once and by theme.js before the next paint.
// <theme-switch><input type="radio" name="theme" value="system">…</theme-switch>
class ThemeSwitch extends HTMLElement {
  connectedCallback() {
    const now = document.documentElement.dataset.theme ?? "system";
    for (const radio of this.querySelectorAll("input")) radio.checked = radio.value === now;
    this.addEventListener("change", ({ target }) => this.#choose(target.value));
  }

  #choose(theme) {
    if (theme === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
    try {
      theme === "system" ? localStorage.removeItem("theme") : localStorage.setItem("theme", theme);
    } catch { /* refused: the choice holds for this page */ }
  }
}
customElements.define("theme-switch", ThemeSwitch);
