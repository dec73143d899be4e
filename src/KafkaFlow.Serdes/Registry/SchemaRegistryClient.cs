using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace KafkaFlow.Serdes.Registry;

/// <summary>
/// The part of the Confluent Schema Registry's REST API that this project needs. Calls block, with a timeout each;
/// what may pass (no connection, 429, 5xx) is tried again. Thread-safe; owns an HTTP client. No cache: see
/// <see cref="RecordSerdes"/>.
/// </summary>
public sealed class SchemaRegistryClient : IDisposable
{
    private const string ContentType = "application/vnd.schemaregistry.v1+json";
    private const int MaxAnswerBytes = 4 * 1024 * 1024;
    private const int SubjectNotFound = 40401;
    private const int VersionNotFound = 40402;
    private const int SchemaNotFound = 40403;
    private const int ConfigNotFound = 40408;

    private readonly RegistrySettings _settings;
    private readonly HttpClient _http;
    private readonly ILogger _logger;

    public SchemaRegistryClient(RegistrySettings settings, ILogger? logger = null)
    {
        _settings = settings;
        _logger = logger ?? NullLogger.Instance;
        var address = settings.Address.AbsoluteUri;
        _http = new HttpClient(RegistryTransport.Handler(settings))
        {
            BaseAddress = new Uri(address.EndsWith('/') ? address : $"{address}/"),
            Timeout = settings.RequestTimeout,
            MaxResponseContentBufferSize = MaxAnswerBytes,
        };
        _http.DefaultRequestHeaders.Accept.ParseAdd($"{ContentType}, application/json;q=0.9");
        if (settings.Auth is { } auth)
        {
            _http.DefaultRequestHeaders.Authorization =
                new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(auth)));
        }
    }

    public Uri Address => _settings.Address;

    /// <summary>Registers a schema under a subject, or finds it there.</summary>
    /// <returns>Its id.</returns>
    /// <exception cref="SchemaRegistryException">Refused: incompatible (409), not valid (422).</exception>
    /// <exception cref="SchemaUnavailableException">No usable answer; so for every call.</exception>
    public int Register(string subject, string schemaText)
    {
        using var answer = Send(HttpMethod.Post, $"subjects/{Escape(subject)}/versions", Body("schema", schemaText));
        return Int(answer, "id");
    }

    /// <returns>The schema's JSON text, or null if the registry has no such id.</returns>
    public string? SchemaById(int id)
    {
        using var answer = SendOrNull(HttpMethod.Get, $"schemas/ids/{id}", null, SchemaNotFound);
        return answer is null ? null : Text(answer, "schema");
    }

    /// <returns>null if the subject does not exist.</returns>
    public RegisteredSchema? Latest(string subject)
    {
        using var answer = SendOrNull(
            HttpMethod.Get, $"subjects/{Escape(subject)}/versions/latest", null, SubjectNotFound, VersionNotFound);
        return answer is null
            ? null
            : new(Text(answer, "subject"), Int(answer, "version"), Int(answer, "id"), Text(answer, "schema"));
    }

    /// <summary>Whether a schema may be registered; true if the subject does not exist.</summary>
    public bool IsCompatible(string subject, string schemaText)
    {
        using var answer = SendOrNull(
            HttpMethod.Post, $"compatibility/subjects/{Escape(subject)}/versions/latest", Body("schema", schemaText),
            SubjectNotFound, VersionNotFound);
        if (answer is null) return true;
        return Property(answer, "is_compatible", JsonValueKind.True, JsonValueKind.False).GetBoolean();
    }

    /// <returns>The subject's own level, or null if it has none.</returns>
    public string? Compatibility(string subject)
    {
        using var answer = SendOrNull(
            HttpMethod.Get, $"config/{Escape(subject)}", null, ConfigNotFound, SubjectNotFound);
        return answer is null ? null : Text(answer, "compatibilityLevel");
    }

    /// <param name="level">Such as FULL_TRANSITIVE.</param>
    public void SetCompatibility(string subject, string level) =>
        Send(HttpMethod.Put, $"config/{Escape(subject)}", Body("compatibility", level)).Dispose();

    public void Dispose() => _http.Dispose();

    private JsonDocument? SendOrNull(HttpMethod method, string path, byte[]? body, params int[] absent)
    {
        try
        {
            return Send(method, path, body);
        }
        catch (SchemaRegistryException e) when (absent.Contains(e.Code))
        {
            return null;
        }
    }

    private JsonDocument Send(HttpMethod method, string path, byte[]? body)
    {
        var retry = new RegistryRetry(_settings, _logger);
        while (true)
        {
            try
            {
                using var request = new HttpRequestMessage(method, path);
                if (body is not null)
                {
                    request.Content = new ByteArrayContent(body);
                    request.Content.Headers.ContentType = new MediaTypeHeaderValue(ContentType);
                }
                using var response = _http.Send(request);
                using var stream = response.Content.ReadAsStream();
                if (response.IsSuccessStatusCode) return JsonDocument.Parse(stream);
                retry.AfterStatus(response.StatusCode, () => Refusal(response.StatusCode, stream));
            }
            catch (Exception e) when (e is HttpRequestException or TaskCanceledException or IOException)
            {
                retry.AfterFailure(e);
            }
            catch (JsonException e)
            {
                throw new SchemaUnavailableException(
                    $"{_settings.Address} answered {method} {path} with no JSON. "
                    + "Check that --registry is the address of a schema registry's API.", e);
            }
        }
    }

    private SchemaRegistryException Refusal(HttpStatusCode status, Stream stream)
    {
        try
        {
            using var answer = JsonDocument.Parse(stream);
            var code = answer.RootElement.TryGetProperty("error_code", out var found) && found.TryGetInt32(out var own)
                ? own : (int)status;
            var message = answer.RootElement.TryGetProperty("message", out var text) ? text.ToString() : "";
            return new SchemaRegistryException(code, $"schema registry at {_settings.Address}: {code} {message}");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return new((int)status, $"schema registry at {_settings.Address}: HTTP {(int)status}");
        }
    }

    private static string Escape(string subject) => Uri.EscapeDataString(subject);

    private static byte[] Body(string name, string value) =>
        JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, string> { [name] = value });

    private int Int(JsonDocument answer, string name) => Property(answer, name, JsonValueKind.Number).GetInt32();

    private string Text(JsonDocument answer, string name) => Property(answer, name, JsonValueKind.String).GetString()!;

    private JsonElement Property(JsonDocument answer, string name, params JsonValueKind[] kinds) =>
        answer.RootElement.ValueKind == JsonValueKind.Object
            && answer.RootElement.TryGetProperty(name, out var value) && kinds.Contains(value.ValueKind)
            ? value
            : throw new SchemaUnavailableException(
                $"{_settings.Address} answered without '{name}'. Check that --registry is a schema registry's API.");
}

/// <summary>One version of a subject.</summary>
public sealed record RegisteredSchema(string Subject, int Version, int Id, string Schema);

/// <summary>The registry answered and said no.</summary>
/// <param name="code">Its error code, such as 409 or 42201.</param>
public sealed class SchemaRegistryException(int code, string message) : Exception(message)
{
    public int Code => code;
}
