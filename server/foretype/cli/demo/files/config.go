// Package config reads a service's settings from the environment.
package config

import (
	"fmt"
	"os"
	"strconv"
	"time"
)

// Config holds the settings of one service.
type Config struct {
	Port    int
	Workers int
	Retries int
	Timeout time.Duration
	Pause   time.Duration
}

// Load reads all settings, and names the first that is wrong.
func Load() (*Config, error) {
	port, err := number("PORT", 8080)
	if err != nil {
		return nil, err
	}
	workers, err := number("WORKERS", 4)
	if err != nil {
		return nil, err
	}
	timeout, err := duration("TIMEOUT", 5*time.Second)
	if err != nil {
		return nil, err
	}
	retries, err := number("RETRIES", 3)
	if err != nil {
		return nil, err
	}
	pause, err := duration("PAUSE", 2*time.Second)
	if err != nil {
		return nil, err
	}
	return &Config{Port: port, Workers: workers, Retries: retries, Timeout: timeout, Pause: pause}, nil
}

func number(name string, missing int) (int, error) {
	text, found := os.LookupEnv(name)
	if !found {
		return missing, nil
	}
	value, err := strconv.Atoi(text)
	if err != nil {
		return 0, fmt.Errorf("%s is no number: %w", name, err)
	}
	return value, nil
}

func duration(name string, missing time.Duration) (time.Duration, error) {
	text, found := os.LookupEnv(name)
	if !found {
		return missing, nil
	}
	value, err := time.ParseDuration(text)
	if err != nil {
		return 0, fmt.Errorf("%s is no duration: %w", name, err)
	}
	return value, nil
}
