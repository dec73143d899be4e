namespace KafkaFlow.Contracts;

/// <summary>The texts of <c>schemas/*.avsc</c>, embedded.</summary>
public static class Schemas
{
    public static string Command { get; } = Read("Command");
    public static string ExecutionEvent { get; } = Read("ExecutionEvent");
    public static string Task { get; } = Read("Task");
    public static string Playbook { get; } = Read("Playbook");

    private static string Read(string name)
    {
        using var stream = typeof(Schemas).Assembly.GetManifestResourceStream($"{name}.avsc")
            ?? throw new InvalidOperationException($"schema {name}.avsc is not embedded in {typeof(Schemas).Assembly}");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
