// Lets a person see the password they type.
// <password-field><input type="password"><button aria-pressed="false" hidden>…</button></password-field>
class PasswordField extends HTMLElement {
  connectedCallback() {
    const button = this.querySelector("button");
    const input = this.querySelector("input");
    button.hidden = false;
    button.addEventListener("click", () => {
      const shown = input.type === "password";
      input.type = shown ? "text" : "password";
      button.setAttribute("aria-pressed", String(shown));
      input.focus();
    });
    // A password manager is told that it is a password.
    input.form?.addEventListener("submit", () => { input.type = "password"; });
  }
}
customElements.define("password-field", PasswordField);
