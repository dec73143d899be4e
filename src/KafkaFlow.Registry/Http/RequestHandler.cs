using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using KafkaFlow.Kafka;
using KafkaFlow.Registry.Storage;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace KafkaFlow.Registry.Http;

/// <summary>
/// From HTTP to <see cref="Router"/> and back: who may enter, how many at once and for how long, media types, bodies.
/// Thread-safe.
/// </summary>
internal sealed class RequestHandler(RegistryOptions options, Router router, ILogger logger) : IDisposable
{
    private const string MediaType = "application/vnd.schemaregistry.v1+json";
    private const int MaxJsonDepth = 64;

    private static readonly string[] Readable =
    [
        MediaType, "application/vnd.schemaregistry+json", "application/json", "application/octet-stream",
    ];

    private readonly SemaphoreSlim _places = new(options.MaxConcurrentRequests);
    private readonly byte[]? _credentials = options.BasicAuth is { } auth
        ? SHA256.HashData(Encoding.UTF8.GetBytes(auth))
        : null;

    public async Task HandleAsync(HttpContext context)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        limit.CancelAfter(options.RequestTimeout);
        var answer = await AnswerAsync(context, limit.Token);
        if (context.RequestAborted.IsCancellationRequested) return;
        Log.Answered(logger, context.Request.Method, context.Request.Path, answer.Status);
        await WriteAsync(context.Response, answer, context.RequestAborted);
    }

    public void Dispose() => _places.Dispose();

    private async Task<Answer> AnswerAsync(HttpContext context, CancellationToken cancel)
    {
        var entered = false;
        try
        {
            if (!MayEnter(context.Request)) return Answer.Refuse(401, 401, "Unauthorized");
            await _places.WaitAsync(cancel);
            entered = true;
            return await ReadAsync(context.Request, cancel) is var (request, refusal) && refusal is null
                ? await router.RouteAsync(request!, cancel)
                : refusal!;
        }
        catch (OperationCanceledException)
        {
            return Answer.Refuse(500, 50002, $"No answer within {options.RequestTimeout.TotalSeconds:0.#} s");
        }
        catch (BadHttpRequestException e)
        {
            return Answer.Refuse(e.StatusCode, e.StatusCode, e.Message);
        }
        catch (KafkaUnavailableException e)
        {
            Log.StoreFailed(logger, context.Request.Method, context.Request.Path, e.Message);
            return Answer.Refuse(500, 50001, $"Error in the backend data store: {e.Message}");
        }
        catch (Exception e)
        {
            Log.RequestFailed(logger, e, context.Request.Method, context.Request.Path);
            return Answer.Refuse(500, 50001, "Internal error; the registry's log has the details");
        }
        finally
        {
            if (entered) _places.Release();
        }
    }

    private bool MayEnter(HttpRequest request)
    {
        if (_credentials is null) return true;
        const string scheme = "Basic ";
        var header = request.Headers.Authorization.ToString();
        if (!header.StartsWith(scheme, StringComparison.OrdinalIgnoreCase)) return false;
        var given = new byte[header.Length];
        return Convert.TryFromBase64String(header[scheme.Length..].Trim(), given, out var length)
            && CryptographicOperations.FixedTimeEquals(SHA256.HashData(given.AsSpan(0, length)), _credentials);
    }

    private static async Task<(RegistryRequest?, Answer?)> ReadAsync(HttpRequest request, CancellationToken cancel)
    {
        var type = request.ContentType?.Split(';')[0].Trim();
        if (type is { Length: > 0 } && !Readable.Contains(type, StringComparer.OrdinalIgnoreCase))
        {
            return (null, Answer.Refuse(
                415, 415, $"HTTP 415 Unsupported Media Type: found {type}, expected {string.Join(" or ", Readable)}"));
        }
        using var bytes = new MemoryStream();
        await request.Body.CopyToAsync(bytes, cancel);
        JsonElement? body = null;
        try
        {
            if (bytes.Length > 0) body = Json(bytes.GetBuffer().AsSpan(0, (int)bytes.Length));
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return (null, Answer.Refuse(400, 400, $"The body is not JSON: {e.Message}"));
        }
        var query = request.Query.ToDictionary(q => q.Key, q => q.Value.ToString());
        return (new(request.Method, Parts(request), query, body), null);
    }

    /// <summary>Strings are looked at here: one with half a surrogate pair throws only when it is read.</summary>
    private static JsonElement Json(ReadOnlySpan<byte> utf8)
    {
        var reader = new Utf8JsonReader(utf8, new JsonReaderOptions { MaxDepth = MaxJsonDepth });
        while (reader.Read())
            if (reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName) _ = reader.GetString();
        reader = new Utf8JsonReader(utf8, new JsonReaderOptions { MaxDepth = MaxJsonDepth });
        return JsonElement.ParseValue(ref reader);
    }

    /// <summary>From the raw target: a subject may contain an escaped slash.</summary>
    private static string[] Parts(HttpRequest request)
    {
        var target = request.HttpContext.Features.Get<IHttpRequestFeature>()!.RawTarget;
        var path = target.Split('?')[0];
        return [.. path.Split('/', StringSplitOptions.RemoveEmptyEntries).Select(Uri.UnescapeDataString)];
    }

    private static async Task WriteAsync(HttpResponse response, Answer answer, CancellationToken cancel)
    {
        var body = answer.Text is { } text ? Encoding.UTF8.GetBytes(text) : RecordFormat.Bytes(answer.Body!);
        response.StatusCode = answer.Status;
        response.ContentType = Accepted(response.HttpContext.Request);
        response.ContentLength = body.Length;
        if (answer.Allow is { } allow) response.Headers.Allow = allow;
        if (answer.Status == (int)HttpStatusCode.Unauthorized)
            response.Headers.WWWAuthenticate = "Basic realm=\"SchemaRegistry\"";
        if (!HttpMethods.IsHead(response.HttpContext.Request.Method)) await response.Body.WriteAsync(body, cancel);
    }

    /// <summary>Plain JSON for those who ask for nothing else.</summary>
    private static string Accepted(HttpRequest request)
    {
        var accept = request.Headers.Accept.ToString();
        return accept.Contains("application/json", StringComparison.OrdinalIgnoreCase)
            && !accept.Contains("schemaregistry", StringComparison.OrdinalIgnoreCase)
            ? "application/json"
            : MediaType;
    }
}
