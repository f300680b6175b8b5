// Loaded before the first paint, so that no theme or column flickers.
// Keys: theme (light, dark; absent follows the system), list and details (open, closed).
{
  const root = document.documentElement;
  const kept = (key) => { try { return localStorage.getItem(key); } catch { return null; } };
  const theme = kept("theme");
  if (theme === "light" || theme === "dark") root.dataset.theme = theme;
  for (const panel of ["list", "details"]) if (kept(panel)) root.dataset[panel] = kept(panel);
  root.classList.add("scripted");
}
