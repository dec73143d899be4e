using System.Text.Json;
using System.Text.Json.Nodes;
using KafkaFlow.Registry.Http;
using KafkaFlow.Registry.Schemas;
using KafkaFlow.Registry.Storage;

namespace KafkaFlow.Registry.Subjects;

/// <summary>Compatibility level and mode, for all subjects or one.</summary>
internal sealed class Settings(RegistryState state)
{
    private const string DefaultMode = "READWRITE";
    private static readonly string[] Modes = [DefaultMode, "READONLY", "READONLY_OVERRIDE", "IMPORT"];

    public static string LevelFor(RegistryState state, string subject) =>
        state.LevelOf(subject) ?? state.LevelOf(RegistryState.Global) ?? CompatibilityLevels.Default;

    public static bool IsReadOnly(RegistryState state, string subject)
    {
        var global = state.ModeOf(RegistryState.Global) ?? DefaultMode;
        var mode = global == "READONLY_OVERRIDE" ? global : state.ModeOf(subject) ?? global;
        return mode.StartsWith("READONLY", StringComparison.Ordinal);
    }

    public Answer Level(string subject, bool orGlobal) =>
        Own(subject, orGlobal, state.LevelOf, CompatibilityLevels.Default) is { } level
            ? Answer.Ok(new JsonObject { ["compatibilityLevel"] = level })
            : Answer.Refuse(
                404, 40408, $"Subject '{subject}' does not have subject-level compatibility configured");

    public Answer Mode(string subject, bool orGlobal) =>
        Own(subject, orGlobal, state.ModeOf, DefaultMode) is { } mode
            ? Answer.Ok(new JsonObject { ["mode"] = mode })
            : Answer.Refuse(404, 40409, $"Subject '{subject}' does not have subject-level mode configured");

    public static Decision SetLevel(string subject, JsonElement? body) =>
        Chosen(body, "compatibility", CompatibilityLevels.All) is { } level
            ? new(Answer.Ok(new JsonObject { ["compatibility"] = level }), new LevelSet(subject, level))
            : new(Answer.Refuse(422, 42203, "Invalid compatibility level. Valid values are "
                + $"[{string.Join(", ", CompatibilityLevels.All)}]"));

    public static Decision SetMode(string subject, JsonElement? body) =>
        Chosen(body, "mode", Modes) is { } mode
            ? new(Answer.Ok(new JsonObject { ["mode"] = mode }), new ModeSet(subject, mode))
            : new(Answer.Refuse(422, 42204, $"Invalid mode. Valid values are [{string.Join(", ", Modes)}]"));

    /// <summary>Answers with what was in force until then.</summary>
    public Decision RemoveLevel(string subject) =>
        Own(subject, false, state.LevelOf, CompatibilityLevels.Default) is { } level
            ? new(Answer.Ok(new JsonObject { ["compatibilityLevel"] = level }), new LevelSet(subject, null))
            : new(Answer.NoSubject(subject));

    /// <summary>Answers with what was in force until then.</summary>
    public Decision RemoveMode(string subject) =>
        Own(subject, false, state.ModeOf, DefaultMode) is { } mode
            ? new(Answer.Ok(new JsonObject { ["mode"] = mode }), new ModeSet(subject, null))
            : new(Answer.NoSubject(subject));

    private static string? Own(string subject, bool orGlobal, Func<string, string?> setting, string standard)
    {
        var own = setting(subject);
        if (own is not null || (subject != RegistryState.Global && !orGlobal)) return own;
        return setting(RegistryState.Global) ?? standard;
    }

    private static string? Chosen(JsonElement? body, string field, string[] values) =>
        body is { ValueKind: JsonValueKind.Object } json && json.TryGetProperty(field, out var value)
            && value.ValueKind == JsonValueKind.String
            ? values.FirstOrDefault(v => v.Equals(value.GetString(), StringComparison.OrdinalIgnoreCase))
            : null;
}
