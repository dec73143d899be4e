using System.Text.Json;

namespace KafkaFlow.Workers;

/// <summary>A credential as its file says. Its data holds secrets and goes to its server only.</summary>
internal sealed record Credential(string Name, string Type, IReadOnlyDictionary<string, string> Data)
{
    private static readonly HashSet<string> Plain = new(StringComparer.OrdinalIgnoreCase)
    {
        "db_host", "host", "db_port", "port", "db_name", "database", "dbname", "db_user", "user", "username", "schema",
        "sslmode",
    };

    /// <summary>Everything but the parts of an address.</summary>
    public IEnumerable<string> Secrets => Data.Where(pair => !Plain.Contains(pair.Key)).Select(pair => pair.Value);

    /// <summary>The value of the first of these keys that is there.</summary>
    public string? Find(params ReadOnlySpan<string> keys)
    {
        foreach (var key in keys)
            if (Data.TryGetValue(key, out var value) && value.Length > 0) return value;
        return null;
    }

    /// <summary>No secret is printed.</summary>
    public override string ToString() => $"{Name} ({Type})";
}

/// <summary>
/// Credentials as files <c>NAME.json</c>: <c>{"name", "type", "data": {..}}</c>. Read at each use, so that a changed
/// file counts from the next task on. Thread-safe.
/// </summary>
public sealed class CredentialDirectory(string? path)
{
    public const string Variable = "KAFKAFLOW_CREDENTIALS";
    private const int MaxFileBytes = 64 * 1024;

    public static CredentialDirectory FromEnvironment() => new(Environment.GetEnvironmentVariable(Variable));

    /// <returns>The credential, or null with the reason; no reason holds a secret.</returns>
    internal Credential? Find(string name, out TaskError? problem)
    {
        problem = null;
        if (!IsName(name))
        {
            problem = Missing($"credential '{name}' is no name; expected letters, digits, '_', '-' and '.'");
            return null;
        }
        if (string.IsNullOrEmpty(path))
        {
            problem = Missing(
                $"credential '{name}' is needed but {Variable} is not set; set it to a directory with {name}.json");
            return null;
        }
        var file = Path.Combine(path, $"{name}.json");
        if (!File.Exists(file))
        {
            problem = Missing($"credential '{name}' not found: expected the file {name}.json in {path} ({Variable})");
            return null;
        }
        return Read(name, file, out problem);
    }

    private static Credential? Read(string name, string file, out TaskError? problem)
    {
        problem = null;
        try
        {
            if (new FileInfo(file).Length > MaxFileBytes)
            {
                problem = Bad($"credential file {file} is larger than {MaxFileBytes} bytes");
                return null;
            }
            using var document = JsonDocument.Parse(File.ReadAllBytes(file));
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("data", out var data)
                || data.ValueKind != JsonValueKind.Object)
            {
                problem = Bad($"credential file {file}: expected a JSON object with an object 'data'");
                return null;
            }
            var type = root.TryGetProperty("type", out var given) ? given.ToString() : "";
            var values = new Dictionary<string, string>();
            foreach (var property in data.EnumerateObject()) values[property.Name] = property.Value.ToString();
            return new Credential(name, type, values);
        }
        catch (JsonException e)
        {
            problem = Bad($"credential file {file} is no JSON: line {e.LineNumber + 1}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            problem = Bad($"credential file {file} cannot be read: {e.Message}");
        }
        return null;
    }

    private static bool IsName(string name) =>
        name.Length is > 0 and <= 128 && name[0] != '.'
        && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.');

    private static TaskError Missing(string message) =>
        new(TaskErrorCodes.MissingCredential, message, Retryable: false);

    private static TaskError Bad(string message) =>
        new(TaskErrorCodes.BadCredential, message, Retryable: false);
}
