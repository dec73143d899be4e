using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

namespace KafkaFlow.Registry.Tests;

/// <summary>An answer as it came; the body is JSON.</summary>
internal sealed record RestAnswer(int Status, JsonNode? Body)
{
    public int? ErrorCode => Body is JsonObject o && o["error_code"] is JsonValue code ? (int)code : null;

    public override string ToString() => $"{Status} {Body?.ToJsonString() ?? "null"}";
}

/// <summary>Raw requests to a registry.</summary>
internal sealed class RestClient(Uri address, HttpMessageHandler? handler = null) : IDisposable
{
    private readonly HttpClient _http = new(handler ?? new SocketsHttpHandler())
    {
        BaseAddress = address, Timeout = TimeSpan.FromSeconds(30),
    };

    public HttpRequestHeaders Headers => _http.DefaultRequestHeaders;

    public async Task<RestAnswer> SendAsync(
        string method, string path, string? body = null, string type = "application/vnd.schemaregistry.v1+json")
    {
        using var response = await SendRawAsync(method, path, body, type);
        var text = await response.Content.ReadAsStringAsync();
        return new((int)response.StatusCode, text.Length == 0 ? null : JsonNode.Parse(text));
    }

    public async Task<HttpResponseMessage> SendRawAsync(string method, string path, string? body, string type)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (body is not null)
        {
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
            request.Content.Headers.ContentType = type.Length == 0 ? null : MediaTypeHeaderValue.Parse(type);
        }
        return await _http.SendAsync(request);
    }

    /// <summary>The body of a registration.</summary>
    public static string Schema(string schema, params (string Name, string Subject, int Version)[] references)
    {
        var body = new JsonObject { ["schema"] = schema };
        if (references.Length > 0)
        {
            body["references"] = new JsonArray([.. references.Select(r =>
                new JsonObject { ["name"] = r.Name, ["subject"] = r.Subject, ["version"] = r.Version })]);
        }
        return body.ToJsonString();
    }

    public async Task<int> RegisterAsync(string subject, string schema)
    {
        var answer = await SendAsync("POST", $"/subjects/{subject}/versions", Schema(schema));
        Assert.True(answer.Status == 200, $"{subject}: {answer}");
        return (int)answer.Body!["id"]!;
    }

    public void Dispose() => _http.Dispose();
}
