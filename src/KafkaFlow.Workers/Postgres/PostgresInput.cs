using System.Globalization;
using System.Text.Json;
using Npgsql;
using NpgsqlTypes;

namespace KafkaFlow.Workers.Postgres;

/// <summary>
/// Input of a postgres task: <c>{"command": text or list, "params": map or list, "args": map, "transaction": bool}</c>.
/// </summary>
internal sealed record PostgresInput(
    IReadOnlyList<SqlStatement> Statements, IReadOnlyDictionary<string, string?> Parameters, bool OneTransaction)
{
    private static readonly string[] CommandKeys = ["command", "commands", "query", "sql"];
    private static readonly string[] ParameterKeys = ["args", "params"];

    /// <returns>null if it cannot be used; <paramref name="problem"/> says why.</returns>
    public static PostgresInput? Parse(string? json, out string problem)
    {
        problem = "";
        using var document = JsonDocument.Parse(json ?? "null", Json.Reading);
        var root = document.RootElement;
        if (root.ValueKind != JsonValueKind.Object)
        {
            problem = $"the input of a postgres task is a map with 'command'; found {root.ValueKind}";
            return null;
        }
        var parameters = ParametersOf(root);
        var names = parameters.Keys.ToHashSet();
        var scripts = ScriptsOf(root, out problem);
        if (scripts is null) return null;
        var statements = scripts.SelectMany(script => SqlScript.Split(script, names)).ToList();
        var oneTransaction = !root.TryGetProperty("transaction", out var t) || t.ValueKind != JsonValueKind.False;
        return new PostgresInput(statements, parameters, oneTransaction);
    }

    /// <summary>Values travel as text of no type: the server takes each for what its place needs.</summary>
    public NpgsqlParameter ParameterOf(string name) => new()
    {
        Value = (object?)Parameters[name] ?? DBNull.Value,
        NpgsqlDbType = NpgsqlDbType.Unknown,
    };

    private static List<string>? ScriptsOf(JsonElement root, out string problem)
    {
        problem = "";
        foreach (var key in CommandKeys)
        {
            if (!root.TryGetProperty(key, out var command)) continue;
            if (command.ValueKind == JsonValueKind.String) return [command.GetString()!];
            if (command.ValueKind == JsonValueKind.Array
                && command.EnumerateArray().All(item => item.ValueKind == JsonValueKind.String))
                return [.. command.EnumerateArray().Select(item => item.GetString()!)];
            problem = $"'{key}' of a postgres task is a text or a list of texts; found {command.ValueKind}";
            return null;
        }
        problem = "the input of a postgres task needs 'command'";
        return null;
    }

    private static Dictionary<string, string?> ParametersOf(JsonElement root)
    {
        var parameters = new Dictionary<string, string?>();
        foreach (var key in ParameterKeys)
        {
            if (!root.TryGetProperty(key, out var given)) continue;
            if (given.ValueKind == JsonValueKind.Object)
                foreach (var property in given.EnumerateObject()) parameters[property.Name] = TextOf(property.Value);
            if (given.ValueKind != JsonValueKind.Array) continue;
            var number = 0;
            foreach (var item in given.EnumerateArray())
                parameters[(++number).ToString(CultureInfo.InvariantCulture)] = TextOf(item);
        }
        return parameters;
    }

    private static string? TextOf(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null => null,
        JsonValueKind.String => value.GetString(),
        _ => value.GetRawText(),
    };
}
