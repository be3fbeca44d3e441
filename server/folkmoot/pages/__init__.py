"""Pages: what people see and send without script, and what script starts from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from folkmoot.pages import commanding
from folkmoot.pages.arriving import home, joining, links
from folkmoot.pages.board import exports, notes, plan
from folkmoot.pages.board import sheet as board
from folkmoot.pages.desk import (
    creating,
    films,
    items,
    prepare,
    ready,
    rehearsing,
    transcript_file,
)
from folkmoot.pages.desk import meeting as desk
from folkmoot.pages.desk import recording as recording_desk
from folkmoot.pages.desk import transcript as transcript_desk
from folkmoot.pages.desk.creating import MADE, Made
from folkmoot.pages.follow_up import mail, news
from folkmoot.pages.follow_up import outcomes as follow_up
from folkmoot.pages.follow_up.evidence import Attendances
from folkmoot.pages.frame.assets import (
    WORKER_FILES,
    add_static_route,
    find_assets,
    find_web,
    find_workers,
    make_static_middleware,
)
from folkmoot.pages.frame.favicon import show_favicon, show_robots
from folkmoot.pages.frame.middlewares import secure_page, show_refusals
from folkmoot.pages.frame.ports import PORTS
from folkmoot.pages.frame.rendering import RENDERER, Renderer
from folkmoot.pages.live import questions
from folkmoot.pages.live import reading as live
from folkmoot.pages.live import writing as report
from folkmoot.pages.moderation import held, house, queue
from folkmoot.pages.moderation import log as moderation_log
from folkmoot.pages.paper import cards, stub, table
from folkmoot.pages.talk import attachments, consents, formers
from folkmoot.pages.watching import (
    camera,
    captions,
    citing,
    meeting,
    saying,
    screen,
    search,
)

if TYPE_CHECKING:
    from folkmoot.pages.frame.ports import Ports

ROUTES = (
    web.get("/", home.show_home, name="home"),
    web.get("/series/{slug}", home.show_series, name="series"),
    web.get("/m/{slug}", meeting.show_meeting, name="meeting"),
    web.get("/m/{slug}/board", board.show_board, name="board"),
    web.get("/m/{slug}/board/suggest", plan.show_suggest, name="suggest"),
    web.post("/m/{slug}/board/suggest", plan.post_suggest),
    web.post("/m/{slug}/follow", mail.post_follow),
    web.post("/m/{slug}/mine/mail", mail.post_own_link),
    web.get("/mail/confirm/{token}", mail.show_confirm, name="mail-confirm"),
    web.post("/mail/confirm/{token}", mail.post_confirm),
    web.get("/mail/stop/{token}", mail.show_stop, name="mail-stop"),
    web.post("/mail/stop/{token}", mail.post_stop),
    web.get("/m/{slug}/follow-up", follow_up.show_follow_up, name="follow-up"),
    web.get("/m/{slug}/mine", board.show_mine, name="mine"),
    web.get("/m/{slug}/mine/consents", consents.show_consents, name="consents"),
    web.post("/leave", joining.post_leave),
    web.post("/m/{slug}/mine/{what:calendar|device}", links.post_link),
    web.get("/m/{slug}/s/{session}", board.show_session, name="session"),
    web.get("/m/{slug}/s/{session}/notes", notes.show_notes, name="notes"),
    web.get("/m/{slug}/s/{session}/notes/history", notes.show_history),
    web.post("/m/{slug}/s/{session}/photo", commanding.post_photo),
    web.get("/m/{slug}/images/{image}", notes.show_image),
    web.get("/m/{slug}/rooms/{room}/screen", screen.show_screen, name="screen"),
    web.get(
        "/m/{slug}/c/{contribution:[a-z]_[a-z0-9]+}.{format:atom|rss|json}",
        news.show_contribution_news,
    ),
    web.get("/m/{slug}/c/{contribution}", meeting.show_contribution),
    web.get("/m/{slug}/questions", questions.show_questions, name="questions"),
    web.get("/m/{slug}/questions.csv", questions.show_csv),
    web.get("/m/{slug}/live", live.show_live, name="live"),
    web.get("/m/{slug}/live/write", report.show_write),
    web.post("/m/{slug}/live/write", report.post_write),
    web.get("/m/{slug}/live/{update}", live.show_update),
    web.get("/m/{slug}/c/{contribution}/history", formers.show_formers),
    web.get("/m/{slug}/transcript", saying.show_said, name="said"),
    web.get("/m/{slug}/cite", citing.show_citation, name="cite"),
    web.get("/m/{slug}/wall", meeting.show_wall, name="wall"),
    web.get("/m/{slug}/captions", captions.show_captions, name="captions"),
    web.get("/m/{slug}/captions/write", captions.show_write),
    web.post("/m/{slug}/captions/write", captions.post_write),
    web.get("/m/{slug}/print", meeting.show_print, name="print"),
    web.get("/m/{slug}/text", meeting.show_text, name="text"),
    web.get("/m/{slug}/camera/{room}", camera.show_camera),
    web.get("/camera/{token}", camera.show_camera, name="camera"),
    web.get("/embed/{slug}", meeting.show_embed, name="embed"),
    web.get("/m/{slug}/{file:schedule[.](?:ics|xml|json)}", exports.show_export),
    web.get("/m/{slug}/{file:sessions[.]csv}", exports.show_export),
    web.get(
        "/m/{slug}/{name:news|live|contributions|follow-up|changes}.{format:atom|rss|json}",
        news.show_news,
    ),
    web.get("/m/{slug}/calendar/{secret}.ics", exports.show_calendar),
    web.post("/m/{slug}/do", commanding.post_command, name="do"),
    web.get("/m/{slug}/table", table.show_table, name="table"),
    web.post("/m/{slug}/table", table.post_table),
    web.get(
        "/m/{slug}/attachments/{attachment}/{file:large|small|voice}",
        attachments.show_attachment,
    ),
    web.get("/m/{slug}/offline-worker.js", table.show_offline_worker),
    web.get("/m/{slug}/table-worker.js", table.show_worker),
    web.get("/stub", stub.show_stub, name="stub"),
    web.post("/stub", stub.post_open),
    web.post("/stub/do", stub.post_stub),
    web.post("/stub/close", stub.post_close),
    web.get("/stub/{slug}/{card}/{secret}", stub.follow_stub),
    web.get("/join", joining.show_join, name="join"),
    web.get("/join/{code}", joining.show_join_code),
    web.post("/join/{code}", joining.post_join),
    web.get("/invite/{secret}", joining.show_invite, name="invite"),
    web.post("/invite/{secret}", joining.post_invite),
    web.get("/sign-in/{token}", joining.show_sign_in, name="sign_in"),
    web.post("/sign-in/{token}", joining.post_sign_in),
    web.post("/theme", joining.post_theme, name="theme"),
    web.get("/search", search.show_search, name="search"),
    web.get("/search.{format:atom|rss|json}", search.show_search_stream),
    web.get("/desk", creating.show_desk_home, name="desk-home"),
    web.post("/desk/create", creating.post_create),
    web.get("/desk/{slug}", desk.show_desk, name="desk"),
    web.get("/desk/{slug}/ready", ready.show_ready, name="ready"),
    web.get("/desk/{slug}/films", films.show_films, name="films"),
    web.post("/desk/{slug}/films", films.post_films),
    web.post("/desk/{slug}/fill", recording_desk.post_fill),
    web.post("/desk/{slug}/rehearsal", rehearsing.post_rehearsal),
    web.get("/desk/{slug}/recording", recording_desk.show_recording, name="recording"),
    web.get("/desk/{slug}/queue", queue.show_queue, name="queue"),
    web.post("/desk/{slug}/queue", queue.post_queue),
    web.post("/desk/{slug}/queue/look", queue.post_look),
    web.get("/desk/{slug}/house", house.show_house, name="house"),
    web.post("/desk/{slug}/house", house.post_house),
    web.post("/desk/{slug}/evidence", house.post_evidence),
    web.get("/desk/{slug}/held", held.show_held, name="held"),
    web.post("/desk/{slug}/held", held.post_held),
    web.get("/desk/{slug}/moderation.csv", moderation_log.show_record),
    web.get("/m/{slug}/moderation", moderation_log.show_log, name="moderation"),
    web.get("/desk/{slug}/captions", captions.show_desk),
    web.post("/desk/{slug}/captions", captions.post_desk),
    web.get("/desk/{slug}/transcript", transcript_desk.show_sheet, name="transcript"),
    web.post("/desk/{slug}/transcript", transcript_desk.post_transcript),
    web.post("/desk/{slug}/transcript/file", transcript_file.post_file),
    web.get("/desk/{slug}/transcript/{cue}", transcript_desk.show_line),
    web.get("/desk/{slug}/items", items.show_items, name="items"),
    web.post("/desk/{slug}/items", items.post_items),
    web.get("/desk/{slug}/cards", cards.show_cards, name="cards"),
    web.post("/desk/{slug}/cards", cards.post_cards),
    web.get("/desk/{slug}/cards/{series}", cards.show_print_cards),
    web.get("/desk/{slug}/rooms.json", desk.show_rooms),
    web.post("/desk/{slug}/do", desk.post_desk),
    web.get("/desk/{slug}/prepare", prepare.show_prepare, name="prepare"),
    web.post("/desk/{slug}/prepare", prepare.post_prepare),
    web.post("/desk/{slug}/times", desk.post_times),
    web.post("/desk/{slug}/invite", desk.post_invite),
    web.post("/desk/{slug}/lengths", desk.post_lengths),
    web.post("/desk/{slug}/camera-link", desk.post_camera_link),
    web.get("/favicon.svg", show_favicon),
    web.get("/favicon.ico", show_favicon),
    web.get("/robots.txt", show_robots),
)


def add_page_routes(app: web.Application, ports: Ports) -> None:
    """Add all pages to an application; reads and compiles the templates now.

    Call it while the service starts, before the application is frozen.
    """
    web_root = find_web()
    assets = find_assets(web_root)
    app[PORTS] = ports
    app[WORKER_FILES] = find_workers(web_root)
    app[RENDERER] = Renderer(web_root / "templates", assets)
    app[MADE] = Made()
    app[follow_up.ATTENDANCES] = Attendances(ports.journal)
    app[notes.DARKROOM] = notes.Darkroom()
    app.middlewares.append(show_refusals)
    app.middlewares.append(make_static_middleware(assets))
    app.on_response_prepare.append(secure_page)
    app.add_routes(ROUTES)
    add_static_route(app, assets)
