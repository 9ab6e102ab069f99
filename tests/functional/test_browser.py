"""The pages in a real browser: scripts on and off, looks, accessibility. One browser serves the whole file."""

import itertools
import json
import os
import shutil
import subprocess

import pytest

import support
from musician import Musician
from support import ROOT, SWITCHING, free_port, patience, wait_until, websocket_request

BROWSER = ROOT / "tests" / "browser"
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
WEB_PASSWORD = "web-password"
PAGES = ["/", "/connections", "/connections/{id}", "/bots", "/bots/{bot}", "/bots/{bot}/end", "/players", "/data-usage",
         "/data-usage?group=client", "/health", "/events", "/blocked", "/login"]
ROWS = "return await page.$$eval('#rows tr', rows => rows.map(row => row.cells[3].textContent))"

pytestmark = [
    pytest.mark.skipif(
        not shutil.which("node") or not shutil.which(CHROMIUM) or not (BROWSER / "node_modules").is_dir(),
        reason="no chromium, or no playwright-core: npm ci in tests/browser",
    ),
    pytest.mark.xdist_group("browser"),  # one process of a parallel run has them all, and so one browser does
]


class Browser:
    """The driver of the one browser. `ask` is one line there and one back."""

    def __init__(self):
        self.process = subprocess.Popen(["node", "driver.mjs"], cwd=BROWSER, stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True, env={**os.environ, "CHROMIUM": CHROMIUM})
        self.numbers = itertools.count()

    def ask(self, **what):
        number = next(self.numbers)
        self.process.stdin.write(json.dumps({"id": number, **what}) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline() or '{"error": "the browser is gone"}')
        assert "error" not in answer, answer["error"]
        assert answer["id"] == number
        return answer.get("value")

    def stop(self):
        self.process.stdin.close()
        self.process.stdout.close()
        try:
            self.process.wait(10)
        finally:
            self.process.kill()


class Page:
    """A page with a context of its own: nothing is shared with other pages."""

    def __init__(self, browser, base, **options):
        self.browser = browser
        self.number = browser.ask(open={"baseURL": base, "viewport": {"width": 1280, "height": 800}, **options})

    def run(self, code, arg=None):
        """The body of an async function (page, arg, axe) in the driver; its value."""
        return self.browser.ask(page=self.number, code=code, arg=arg)

    def goto(self, target):
        """The status of the answer."""
        return self.run("return (await page.goto(arg)).status()", target)

    def wait_for(self, expression, arg=None, timeout=5000):
        """Waits until a JavaScript expression on the page is true."""
        self.run("await page.waitForFunction(new Function('arg', 'return ' + arg[0]), arg[1], {timeout: arg[2]})",
                 [expression, arg, patience(timeout)])

    def text(self, selector):
        return self.run("return await page.textContent(arg)", selector)

    def close(self):
        """The complaints of the browser."""
        return self.browser.ask(page=self.number)


@pytest.fixture(scope="module")
def browser():
    made = Browser()
    yield made
    made.stop()


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """One program with demo traffic, for the tests that only look."""
    proxy = support.Lavaproxy(tmp_path_factory.mktemp("demo"), backends=[(4, f"127.0.0.1:{free_port()}")], args=["--demo"])
    wait_until(lambda: len(proxy.connections()) > 10, 10, "the bots of the demo")
    yield proxy
    proxy.stop()


@pytest.fixture
def visit(browser):
    """A factory of pages at a proxy; at the end none of them may have complained but for what the test expects."""
    made = []

    def make(proxy, expects=(), **options):
        made.append((Page(browser, f"http://127.0.0.1:{proxy.web_port}", **options), expects))
        return made[-1][0]

    yield make
    complaints = [c for page, expects in made for c in page.close() if not any(part in c for part in expects)]
    assert not complaints


def node(conn):
    """A backend that switches and then keeps quiet."""
    conn.head()
    conn.send(SWITCHING)
    conn.drain()


def bot(proxy, name):
    sock = proxy.connect().send(websocket_request(client_name=name))
    assert sock.read_answer(to_head=True).status == 101
    return sock


def targets(proxy):
    number = proxy.connections()[0]["id"]
    bot_number = wait_until(lambda: proxy.get("/api/bots?sort=players")["bots"], 5, "a bot")[0]["id"]
    return [target.format(id=number, bot=bot_number) for target in PAGES]


def test_without_scripts(lavaproxy, scripted, visit):
    proxy = lavaproxy(backends=[scripted(node)])
    socks = [bot(proxy, "alpha/1.0"), bot(proxy, "beta/2.0")]
    number = proxy.connection_of(socks[0])["id"]
    page = visit(proxy, javaScriptEnabled=False)
    for target in targets(proxy):
        assert page.goto(target) == 200 and page.text("h1")
    page.goto("/connections?sort=client")
    assert page.run("return await page.locator('#rows tr td:nth-of-type(3)').allTextContents()") == ["alpha/1.0", "beta/2.0"]
    page.run("await page.click('thead a:has-text(\"Client\")')")
    assert page.run("return await page.locator('#rows tr td:nth-of-type(3)').allTextContents()") == ["beta/2.0", "alpha/1.0"]
    page.run("await page.fill('#q', 'client:alpha'); await page.press('#q', 'Enter')")
    assert page.run("return await page.locator('#rows tr td:nth-of-type(3)').allTextContents()") == ["alpha/1.0"]
    page.run("await page.click('footer button:has-text(\"dark\")')")
    assert page.run("return await page.getAttribute('html', 'data-tint')") == "dark"
    page.goto(f"/connections/{number}")
    page.run("await page.locator('form[action$=\"/kill\"] button').first().click(); await page.waitForLoadState()")
    socks[0].read_to_end()
    assert not socks[1].is_closed(0.01)


def test_a_new_connection_appears_within_two_seconds(lavaproxy, scripted, visit):
    proxy = lavaproxy(backends=[scripted(node)])
    page = visit(proxy)
    page.goto("/")
    first = page.text("#as-of")
    page.wait_for("document.getElementById('as-of').textContent !== arg", first)  # the stream is there
    with bot(proxy, "late/1.0"):
        page.wait_for("document.getElementById('rows').textContent.includes('late/1.0')", timeout=2000)
        page.wait_for("document.getElementById('total-connections').textContent.startsWith('1 ')", timeout=2000)
        page.wait_for("document.getElementById('matching').textContent === '1 of 1'", timeout=2000)
    page.wait_for("!document.getElementById('rows').textContent.includes('late/1.0')", timeout=3000)


def test_search_while_typing_and_sort_by_click(lavaproxy, scripted, visit):
    proxy = lavaproxy(backends=[scripted(node)])
    socks = [bot(proxy, name) for name in ["alpha/1.0", "beta/2.0", "gamma/3.0"]]
    wait_until(lambda: len(proxy.connections()) == 3, 5, "the bots")
    page = visit(proxy)
    page.goto("/connections?sort=client")
    page.wait_for("document.querySelectorAll('#rows tr').length === 3")
    page.run("await page.evaluate(() => { window.stays = true })")
    page.run("await page.locator('#q').pressSequentially('client:bet')")
    page.wait_for("document.querySelectorAll('#rows tr').length === 1")
    assert page.run(ROWS) == ["beta/2.0"]
    assert page.run("return await page.evaluate(() => window.stays && document.activeElement.id)") == "q"
    page.run("await page.locator('#q').pressSequentially('x')")
    page.wait_for("document.getElementById('rows').textContent.trim() === 'no connection matches'")
    page.run("await page.fill('#q', '')")
    page.wait_for("document.querySelectorAll('#rows tr').length === 3")
    page.run("await page.click('thead a:has-text(\"Client\")')")
    page.wait_for("document.querySelector('th[aria-sort]')?.ariaSort === 'descending'")
    assert page.run(ROWS) == ["gamma/3.0", "beta/2.0", "alpha/1.0"]
    for sock in socks:
        sock.close()


def test_units_and_tint(demo, visit):
    page = visit(demo)
    page.goto("/")
    colour = "return await page.evaluate(() => getComputedStyle(document.body).backgroundColor)"
    seen = {}
    for tint in ["light", "dark"]:
        page.run("await page.click(`footer button[value=${arg}]`)", tint)
        page.wait_for("document.documentElement.dataset.tint === arg", tint)
        assert page.run("return await page.getAttribute('footer button[name=tint][aria-pressed]', 'value')") == tint
        seen[tint] = page.run(colour)
    assert seen["light"] != seen["dark"]
    for units, mark in [("bits", "bit/s"), ("bytes", "Bytes/s"), ("messages", "/s")]:
        page.run("await page.click(`footer button[value=${arg}]`)", units)
        page.wait_for("document.querySelector('footer button[name=units][aria-pressed]')?.value === arg", units)
        page.wait_for("document.getElementById('rows').textContent.includes(arg)", mark)


def test_kill_through_the_dialog(lavaproxy, scripted, visit):
    proxy = lavaproxy(backends=[scripted(node)])
    socks = [bot(proxy, "alpha/1.0"), bot(proxy, "beta/2.0")]
    number = proxy.connection_of(socks[0])["id"]
    page = visit(proxy)
    page.goto("/")
    page.run("await page.click(`#c${arg} >> text=Kill`); await page.waitForURL('**/connections/' + arg + '#end')", number)
    kill = "await page.locator('form[action$=\"/kill\"] button').first().click(); await page.waitForSelector('dialog[open]')"
    page.run(kill)
    assert page.run("return await page.evaluate(() => document.activeElement.textContent)") == "No, keep"
    assert page.text("dialog p").startswith("End this connection? ") and page.text("dialog p").endswith(page.text("[data-silence]"))
    page.run("await page.keyboard.press('Enter'); await page.waitForSelector('dialog', {state: 'detached'})")
    page.run(kill)
    page.run("await page.keyboard.press('Escape'); await page.waitForSelector('dialog', {state: 'detached'})")
    assert not socks[0].is_closed(0.05)
    page.run(kill)
    page.run("await Promise.all([page.waitForNavigation(), page.click('dialog .danger')])")
    socks[0].read_to_end()
    assert not socks[1].is_closed(0.05)
    page.goto("/connections")
    page.wait_for("!document.getElementById(arg) && document.querySelectorAll('#rows tr').length === 1", f"c{number}")


def test_bots_and_players_are_live(lavaproxy, lavanode, visit):
    proxy = lavaproxy(backends=[lavanode("--player-update", "1")])
    bots_page, players_page = visit(proxy), visit(proxy)
    for page, target in ((bots_page, "/bots"), (players_page, "/players")):
        page.goto(target)
        first = page.text("#as-of")
        page.wait_for("document.getElementById('as-of').textContent !== arg", first, timeout=8000)  # the stream is there
    guild = 817403182526365706
    musician = Musician(proxy, name="tunes/1.2")
    song = musician.play(guild)
    bots_page.wait_for("document.getElementById('bots').textContent.includes('tunes/1.2')", timeout=3000)
    bots_page.wait_for("document.querySelector('#bots tr').cells[3].textContent === '1/1'", timeout=3000)
    players_page.wait_for("document.getElementById('players').textContent.includes(arg)", song["title"], timeout=3000)
    position = players_page.text("#players tr td:nth-of-type(5)")
    players_page.wait_for("document.querySelector('#players tr').cells[5].textContent !== arg", position, timeout=8000)
    musician.player(guild, paused=True)
    players_page.wait_for("document.getElementById('players').textContent.includes('paused')", timeout=3000)
    bots_page.run("await page.click('#bots a'); await page.waitForURL('**/bots/*')")
    bots_page.wait_for("document.getElementById('players').textContent.includes(arg)", song["title"])
    bots_page.run("await page.click('a:has-text(\"End its connections\")'); await page.waitForURL('**/end')")
    assert "1 player (0 playing) may fall silent." in bots_page.text("main")
    bots_page.run("await Promise.all([page.waitForNavigation(), page.click('form[action=\"/api/kill\"] .danger')])")
    bots_page.wait_for("document.getElementById('state').textContent.startsWith('gone')")
    musician.close()


def test_bots_without_scripts(lavaproxy, lavanode, visit):
    proxy = lavaproxy(backends=[lavanode()])
    musician = Musician(proxy, user="7", name="tunes/1.2")
    song = musician.play(817403182526365706)
    wait_until(lambda: proxy.get("/api/players")["players"], 5, "the player")
    page = visit(proxy, javaScriptEnabled=False)
    page.goto("/players?q=" + song["title"].split()[0])
    assert song["title"] in page.text("#players")
    page.run("await page.click('#players a')")
    assert "tunes/1.2" in page.text("main dl")
    page.run("await page.selectOption('#for', '24h'); await page.click('button:has-text(\"Block this User-Id\")')")
    wait_until(lambda: [row["userId"] for row in proxy.get("/api/blocked")["blocked"]] == ["7"], 5, "the block")
    musician.wait_cut()
    musician.close()


def test_check_now(lavaproxy, scripted, visit):
    proxy = lavaproxy(backends=[scripted(node)], config={"health": {"interval": "1h"}})
    page = visit(proxy)
    page.goto("/health")
    checked = "document.querySelector('#backends tr').cells[4].textContent"
    page.wait_for(checked + ".includes(':')")
    before = page.run(f"return await page.evaluate(() => {checked})")
    # A clock of seconds: what is checked within the same one looks the same.
    page.wait_for("!arg.includes(document.getElementById('as-of').textContent)", before)
    page.run("await page.click('button:has-text(\"Check now\")')")
    page.wait_for(f"document.querySelector('#backends tr') && {checked} !== arg", before)


def test_login_and_logout(lavaproxy, scripted, visit):
    proxy = lavaproxy(backends=[scripted(node)], web_password=WEB_PASSWORD)
    page = visit(proxy, expects=["401 (Unauthorized)", "429 (Too Many Requests)"])
    page.goto("/health")
    assert page.run("return new URL(page.url()).pathname") == "/login"
    enter = "await page.fill('input[type=password]', arg); await Promise.all([page.waitForNavigation(), page.press('input[type=password]', 'Enter')])"
    page.run(enter, "wrong")
    assert "Wrong password." in page.text("[role=alert]")
    page.run(enter, WEB_PASSWORD)
    assert page.run("return new URL(page.url()).pathname") == "/health"
    page.wait_for("document.getElementById('backends')")
    assert page.run("return await page.evaluate(() => document.cookie)").find("session") < 0
    page.run("await Promise.all([page.waitForNavigation(), page.click('nav button')])")
    page.goto("/health")
    assert page.run("return new URL(page.url()).pathname") == "/login"
    for _ in range(5):
        page.run(enter, "wrong")
    assert "Too many wrong passwords" in page.text("[role=alert]")


def test_copy_button(demo, visit):
    page = visit(demo, permissions=["clipboard-read", "clipboard-write"])
    page.goto("/")
    page.run("await page.click('#totals button')")
    page.wait_for("document.querySelector('#totals button').textContent === 'Copied'")
    assert page.run("return await page.evaluate(() => navigator.clipboard.readText())") == f"127.0.0.1:{demo.port}"


def test_copy_button_without_a_clipboard(demo, visit):
    """As over plain HTTP from another host."""
    page = visit(demo, permissions=["clipboard-read", "clipboard-write"])
    page.run("""await page.addInitScript(() => {
        window.clipboard = navigator.clipboard;
        Object.defineProperty(navigator, 'clipboard', {value: undefined}); })""")
    page.goto("/")
    page.run("await page.click('#totals button')")
    page.wait_for("document.querySelector('#totals button').textContent === 'Copied'")
    assert page.run("return await page.evaluate(() => window.clipboard.readText())") == f"127.0.0.1:{demo.port}"
    assert page.run("return await page.evaluate(() => String(getSelection()))") == f"127.0.0.1:{demo.port}"


def test_a_frame_is_refused(demo, visit):
    page = visit(demo, expects=["frame-ancestors", "violates the following Content Security Policy"])
    page.run("""await page.route('**/outside', route => route.fulfill({contentType: 'text/html',
                body: '<iframe src="/"></iframe>'})); await page.goto('/outside')""")
    assert page.run("return (await page.frames()[1].content()).includes('lavaproxy')") is False


@pytest.mark.parametrize("tint", ["light", "dark"])
def test_accessible_and_no_wider_than_the_window(demo, visit, tint):
    page = visit(demo, colorScheme=tint)
    for target in targets(demo):
        assert page.goto(target) == 200
        for width in [1920, 1280, 320]:
            page.run("await page.setViewportSize({width: arg, height: 800})", width)
            wide = page.run("return await page.evaluate(() => document.documentElement.scrollWidth)")
            assert wide <= width, f"{target} is {wide} px wide in a window of {width}"
        found = page.run("""await page.evaluate(axe);
            const all = await page.evaluate(() => axe.run({resultTypes: ['violations']}));
            return all.violations.filter(v => ['serious', 'critical'].includes(v.impact))
                .map(v => [v.id, v.nodes.map(n => n.html + ' ' + n.failureSummary).slice(0, 3)]);""")
        assert not found, f"{target}: {found}"


def test_focus_is_visible(demo, visit):
    page = visit(demo)
    page.goto("/")
    for _ in range(12):
        page.run("await page.keyboard.press('Tab')")
        style = page.run("""return await page.evaluate(() => {
            const style = getComputedStyle(document.activeElement);
            return [document.activeElement.tagName, style.outlineStyle, parseFloat(style.outlineWidth)]; })""")
        assert style[0] != "BODY" and style[1] == "solid" and style[2] >= 2, style
