/// Says that the server runs.
#[utoipa::path(
    get,
    path = "/healthz",
    tag = "server",
    security(()),
    responses((status = 200, description = "The server runs.", body = String, content_type = "text/plain"))
)]
pub(crate) async fn check_health() -> &'static str {
    "ok"
}
