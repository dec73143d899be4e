using System.Text.Json;
using System.Text.Json.Nodes;
using KafkaFlow.LocalServers;

namespace KafkaFlow.Cli.Settings;

/// <summary><c>instance.json</c> of a data directory: the addresses of what <c>up</c> started. A dead pid is
/// ignored.</summary>
internal sealed record Instance(
    int Pid, string StartedAt, string Bootstrap, string Registry, string? Postgres, string? Api, string Version)
{
    public static string FileIn(string dataDirectory) => Path.Combine(dataDirectory, "instance.json");

    public static Instance? Find(string dataDirectory)
    {
        var file = FileIn(dataDirectory);
        if (!File.Exists(file)) return null;
        try
        {
            var node = JsonNode.Parse(File.ReadAllText(file))!;
            var instance = new Instance(
                (int)node["pid"]!, (string)node["started_at"]!, (string)node["bootstrap"]!,
                (string?)node["registry"] ?? "", (string?)node["postgres"], (string?)node["api"],
                    (string)node["version"]!);
            return ChildProcess.IsRunning(instance.Pid) ? instance : null;
        }
        catch (Exception torn) when (torn is JsonException or NullReferenceException or InvalidOperationException)
        {
            return null; // written by somebody else, or torn by a crash: as if absent
        }
    }

    public JsonObject ToJson() => new()
    {
        ["pid"] = Pid, ["started_at"] = StartedAt, ["bootstrap"] = Bootstrap, ["registry"] = Registry,
        ["postgres"] = Postgres, ["api"] = Api, ["version"] = Version,
    };

    /// <summary>Writes the file, readable by its owner only.</summary>
    public void Write(string dataDirectory)
    {
        var file = FileIn(dataDirectory);
        var draft = file + ".new";
        File.WriteAllText(draft, ToJson().ToJsonString());
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(draft, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.Move(draft, file, overwrite: true);
    }
}
