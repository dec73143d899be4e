using System.Text.Json;
using KafkaFlow.Cli.Local;
using KafkaFlow.Cli.Output;
using KafkaFlow.Contracts;
using KafkaFlow.EngineHost;
using KafkaFlow.Kafka;
using KafkaFlow.Playbooks;
using KafkaFlow.PostgresSink;

namespace KafkaFlow.Cli.Settings;

/// <summary>
/// Where things are, after <c>appsettings.json</c> (section KafkaFlow), environment and arguments, the later winning.
/// Null addresses were not given; <see cref="Instance"/> may know them.
/// </summary>
internal sealed record CliSettings
{
    public const string NoPostgres = "none";

    public string? Bootstrap { get; init; }
    public string? Postgres { get; init; }
    public string Registry { get; init; } = "";
    public string? RegistryAuth { get; init; }
    public string? RegistryCa { get; init; }
    public string Prefix { get; init; } = TopicNames.DefaultPrefix;
    public string Data { get; init; } = "./.kafkaflow";
    public string? KafkaHome { get; init; }
    public string? Credentials { get; init; }
    public string LogLevel { get; init; } = "info";
    /// <summary>How long the engine remembers a finished run.</summary>
    public TimeSpan StartDedup { get; init; } = EngineServiceOptions.DefaultStartDedup;
    /// <summary>Error codes of attempts that park a run for an operator instead of failing the step.</summary>
    public IReadOnlyList<string> ParkOn { get; init; } = [];
    /// <summary>Raw librdkafka settings.</summary>
    public IReadOnlyDictionary<string, string> Raw { get; init; } = new Dictionary<string, string>();

    public TopicNames Topics => new(Prefix);

    /// <summary>Client settings; only with a known <see cref="Bootstrap"/>.</summary>
    public KafkaSettings Kafka => new()
    {
        Bootstrap = Bootstrap ?? throw new InvalidOperationException("no bootstrap address"), Raw = Raw,
    };

    public string DataDirectory => Path.GetFullPath(Data);

    public static CliSettings Load(CliArguments arguments)
    {
        var file = ReadFile("appsettings.json");
        string? Get(string? argument, string name) =>
            argument ?? NotEmpty(Environment.GetEnvironmentVariable($"KAFKAFLOW_{name}"))
            ?? file.GetValueOrDefault(name.Replace("_", "", StringComparison.Ordinal).ToLowerInvariant());

        var settings = new CliSettings
        {
            Bootstrap = Get(arguments.Bootstrap, "BOOTSTRAP"),
            Postgres = Get(arguments.Postgres, "POSTGRES"),
            Registry = Get(arguments.Registry, "REGISTRY") ?? "",
            RegistryAuth = Get(null, "REGISTRY_AUTH"),
            RegistryCa = Get(null, "REGISTRY_CA"),
            Prefix = Get(arguments.Prefix, "PREFIX") ?? TopicNames.DefaultPrefix,
            Data = Get(arguments.Data, "DATA") ?? "./.kafkaflow",
            Credentials = Get(null, "CREDENTIALS"),
            LogLevel = Get(null, "LOG") ?? "info",
            StartDedup = Duration(Get(null, "START_DEDUP"), "KAFKAFLOW_START_DEDUP")
                ?? EngineServiceOptions.DefaultStartDedup,
            ParkOn = (Get(null, "PARK_ON") ?? "")
                .Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries),
            KafkaHome = NotEmpty(Environment.GetEnvironmentVariable("KAFKA_HOME")),
            Raw = RawSettings(arguments.Raw),
        };
        settings.Validate();
        return settings;
    }

    private void Validate()
    {
        Logging.Parse(LogLevel);
        if (Postgres is not (null or NoPostgres) && PostgresAddress.Problem(Postgres) is { } problem)
            throw new CliException(ExitCodes.Usage, "bad_postgres", problem)
            {
                Where = "--postgres / KAFKAFLOW_POSTGRES", Expected = "postgresql://USER@HOST:PORT/DATABASE",
            };
        if (Prefix.Length is 0 or > 100 || !Prefix.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-'))
            throw new CliException(ExitCodes.Usage, "bad_prefix", "the prefix is no part of a topic name")
            {
                Where = "--prefix / KAFKAFLOW_PREFIX",
                Expected = "1..100 characters of [A-Za-z0-9._-]",
                Found = Prefix,
            };
    }

    private static Dictionary<string, string> RawSettings(IEnumerable<string> arguments)
    {
        const string environmentPrefix = "KAFKAFLOW_KAFKA_";
        var raw = new Dictionary<string, string>();
        foreach (System.Collections.DictionaryEntry entry in Environment.GetEnvironmentVariables())
            if (entry.Key is string name && name.StartsWith(environmentPrefix, StringComparison.Ordinal))
                raw[name[environmentPrefix.Length..].Replace('_', '.').ToLowerInvariant()] = (string?)entry.Value ?? "";
        foreach (var argument in arguments)
        {
            var equals = argument.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0)
                throw new CliException(ExitCodes.Usage, "bad_option", "-X takes a librdkafka setting")
                {
                    Where = "-X", Expected = "key=value", Found = argument,
                };
            raw[argument[..equals]] = argument[(equals + 1)..];
        }
        return raw;
    }

    private static Dictionary<string, string> ReadFile(string path)
    {
        var values = new Dictionary<string, string>();
        if (!File.Exists(path)) return values;
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllText(path));
            if (!document.RootElement.TryGetProperty("KafkaFlow", out var section)) return values;
            foreach (var property in section.EnumerateObject())
                values[property.Name.ToLowerInvariant()] = property.Value.ToString();
            return values;
        }
        catch (Exception bad) when (bad is JsonException or InvalidOperationException)
        {
            throw new CliException(ExitCodes.Usage, "bad_settings", $"{path} cannot be read: {bad.Message}")
            {
                Where = path, Expected = "{\"KafkaFlow\": {\"bootstrap\": \"host:port\", ..}}",
            };
        }
    }

    private static TimeSpan? Duration(string? text, string where) => text is null ? null
        : DurationText.TryParse(text, out var millis) && millis > 0 ? TimeSpan.FromMilliseconds(millis)
        : throw new CliException(ExitCodes.Usage, "bad_settings", $"{where} is no duration")
        {
            Where = where, Expected = "500ms, 30s, 5m, 2h or 90d", Found = text,
        };

    private static string? NotEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;
}

/// <summary>The options every command takes, as typed.</summary>
internal sealed record CliArguments(
    string? Bootstrap, string? Postgres, string? Registry, string? Prefix, string? Data, IReadOnlyList<string> Raw);
